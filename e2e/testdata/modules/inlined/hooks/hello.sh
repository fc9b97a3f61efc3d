#!/bin/bash
if [[ "$1" == "--config" ]]; then
  echo '{"configVersion": "v1", "onStartup": 10}'
fi
