#!/bin/sh
echo "@NAME@ reads"
