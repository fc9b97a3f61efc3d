#!/bin/sh
echo "@WHO@ greets"
