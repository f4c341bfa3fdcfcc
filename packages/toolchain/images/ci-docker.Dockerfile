# What the server's deploy job runs in where no image hub can be reached: as in the official image, the docker client
# and git.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends git \
 && apt-get download -q docker.io \
 && dpkg-deb --fsys-tarfile docker.io_*.deb | tar -x -C / ./usr/bin/docker \
 && rm -rf docker.io_*.deb /var/lib/apt/lists/*
