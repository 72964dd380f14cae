# Every word is a verb of bin/dev, which also works where there is no make.
export HOLDFAST_MAKE = 1

.PHONY: run test lint bench lock
run test lint bench lock:
	@exec bin/dev $@ $(ARGS)
