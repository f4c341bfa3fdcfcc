# What a model project's job runs in where no image hub can be reached: Python with git.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends git python3-venv rsync \
 && rm -rf /var/lib/apt/lists/*
