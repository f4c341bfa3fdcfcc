# Stands for the full (not slim) official image python:3.10.4 where no image hub is reachable: Debian with
# Python, and the Debian packages that the official image has from buildpack-deps (its layers curl, scm, full)
# and adds itself. Python is the base's own 3.11, reached as in the official image: `python` and `pip` in
# /usr/local/bin, packages in /usr/local/lib. It is no larger than the official one for a reason of ours: the
# base leaves manual pages, documentation and translations out, the official image has them.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
# As in Debian's official image: no package files or package indexes of apt stay in a layer.
RUN printf '%s\n' \
      'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };' \
      'APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };' \
      'Dir::Cache::pkgcache "";' 'Dir::Cache::srcpkgcache "";' > /etc/apt/apt.conf.d/docker-clean \
 && printf 'Acquire::Languages "none";\n' > /etc/apt/apt.conf.d/docker-no-languages
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates curl gnupg netbase sq tzdata wget \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends \
      git mercurial openssh-client procps subversion \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends \
      autoconf automake bzip2 default-libmysqlclient-dev dpkg-dev file g++ gcc imagemagick libbz2-dev \
      libc6-dev libcurl4-openssl-dev libdb-dev libevent-dev libffi-dev libgdbm-dev libglib2.0-dev libgmp-dev \
      libjpeg-dev libkrb5-dev liblzma-dev libmagickcore-dev libmagickwand-dev libmaxminddb-dev \
      libncurses5-dev libncursesw5-dev libpng-dev libpq-dev libreadline-dev libsqlite3-dev libssl-dev libtool \
      libwebp-dev libxml2-dev libxslt1-dev libyaml-dev make patch unzip xz-utils zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends libbluetooth-dev tk-dev uuid-dev \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /usr/local
CMD ["python3"]
