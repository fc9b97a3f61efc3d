#!/bin/sh
echo "controller of $(cat /app/edition)"
