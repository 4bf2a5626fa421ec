# Everything is in two commands; the steps are in .ci/.

.PHONY: help test run

help:
	@echo 'make test   install what is needed to build, build everything, run every test'
	@echo 'make run    install what is needed, start a daemon with the sample music, open the app'
	@echo '            (make run PORT=9001 listens on another port than 9000)'

test:
	@bash .ci/test.sh

run:
	@PORT='$(PORT)' bash .ci/start.sh
