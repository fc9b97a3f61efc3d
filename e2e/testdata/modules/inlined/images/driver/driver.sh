#!/bin/sh
echo "driver of edition @EDITION@"
