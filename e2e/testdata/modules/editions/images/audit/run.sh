#!/bin/sh
echo "audit of $(cat /app/edition)"
