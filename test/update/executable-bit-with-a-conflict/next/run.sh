#!/bin/sh
echo theirs
