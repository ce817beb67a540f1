# Everything sets itself up; see .ci/setup for what that means. `make` alone lists what there is.
.PHONY: help serve test check bench soak size build

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make serve           set up, build and start a server with a demo project in ./data, for this computer
## make serve PHONE=1   the same for phones on this network, over HTTPS with this machine's own certificate
serve:
	@PHONE="$(PHONE)" .ci/serve

## make test            every ring: rules, server, browser parts, whole journeys; the bytes of a first visit
test:
	@.ci/test

## make check           formatting, lints for host and browser, licences and sources of dependencies
check:
	@.ci/check

## make size            what a teller's first visit downloads, by kind, and the largest contributors
size: build
	@.ci/size

## make bench           speeds that are compared over time (.ci/bench says what is measured)
bench: build
	@.ci/bench

## make soak            what takes too long for every change (.ci/soak says what belongs there)
soak:
	@.ci/soak

## make build           only the release build
build:
	@.ci/setup && .ci/build
