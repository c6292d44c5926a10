#!/bin/sh
# Have the browsers and DICOM tools that the tests drive: install what is missing when root on Debian, else say what to do.
# With the word "viewers" also what the table of viewers tries besides.
set -u

missing=""
need() { # command, Debian package
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need chromium chromium
need chromedriver chromium-driver
need firefox-esr firefox-esr
need WebKitWebDriver webkit2gtk-driver
need xvfb-run xvfb
need xauth xauth
need unzip unzip
need dcmdump dcmtk
need gdcmconv libgdcm-tools
need dciodvfy dicom3tools
PATH="$PATH:/usr/sbin" need Orthanc orthanc
[ -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ] || missing="$missing orthanc-dicomweb"
if [ "${1:-}" = viewers ]; then
  need javac default-jdk-headless
  need medcon xmedcon
  need dcm2niix dcm2niix
  [ -e /usr/share/java/ij.jar ] || missing="$missing imagej"
  [ -e /usr/share/java/pixelmed_imageio.jar ] || missing="$missing libpixelmed-imageio-java"
  [ -e /usr/share/java/pixelmed.jar ] || missing="$missing libpixelmed-java libslf4j-java libvecmath-java libcommons-codec-java libjsonp-java"
fi
[ -z "$missing" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  printf 'Installing:%s\n' "$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # one word per package is meant
  apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
  printf 'apt-get could not install:%s\n' "$missing" >&2
  exit 1
fi

printf 'The tests need these packages, which are not installed:%s\n' "$missing" >&2
printf 'As root on Debian or Ubuntu:  apt-get install%s\n' "$missing" >&2
exit 1
