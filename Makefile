# Postern. `make help` lists the targets; README.md explains them.
#
# All output goes into BUILD: build/ for the release build, build/asan for the one with sanitizers.

.DEFAULT_GOAL := all

BUILD   ?= build
CC      ?= cc

# The names of the GNU Coding Standards, and the folders of systemd and shells.
prefix      ?= /usr/local
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libexecdir  ?= $(exec_prefix)/libexec
datarootdir ?= $(prefix)/share
docdir      ?= $(datarootdir)/doc/postern
mandir      ?= $(datarootdir)/man
unitdir     ?= $(prefix)/lib/systemd/system
bashcompletiondir ?= $(datarootdir)/bash-completion/completions
pkgdatadir  ?= $(datarootdir)/postern
zshcompletiondir  ?= $(datarootdir)/zsh/site-functions
fishcompletiondir ?= $(datarootdir)/fish/vendor_completions.d
INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA    ?= $(INSTALL) -m 644

# Debian packages that the goals need; of a/b the one that the release has.
BUILD_PACKAGES := gcc libc6-dev pkg-config libsqlite3-dev libpq-dev libhttp-parser-dev libmsgpack-c-dev/libmsgpack-dev \
                  libseccomp-dev zlib1g-dev
TEST_PACKAGES  := $(BUILD_PACKAGES) check python3 python3-jsonschema sqlite3 mandoc groff-base
POSTGRES_PACKAGES := $(TEST_PACKAGES) postgresql pgbouncer openssl
TSAN_PACKAGES := $(TEST_PACKAGES) util-linux
VALGRIND_PACKAGES := $(TEST_PACKAGES) valgrind
FUZZ_PACKAGES  := $(BUILD_PACKAGES) clang
LINT_PACKAGES  := $(TEST_PACKAGES) libjansson-dev clang clang-format clang-tidy cppcheck
# npm need not be Debian's.
CLIENT_PACKAGES := $(BUILD_PACKAGES) $(if $(shell command -v npm 2>/dev/null),,npm)
BROWSER_PACKAGES := $(CLIENT_PACKAGES) chromium
DEB_PACKAGES   := $(BUILD_PACKAGES) build-essential debhelper lintian
BENCH_PACKAGES := $(BUILD_PACKAGES) libjansson-dev wrk python3 libpcre2-8-0 libssl3/libssl3t64 \
                  $(if $(findstring --postgres,$(BENCH_ARGS)),postgresql)

VERSION := 0.1.0

MSGPACK := $(shell pkg-config --exists msgpack-c 2>/dev/null && echo msgpack-c || echo msgpack)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wconversion -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Werror
CFLAGS   ?= -O2 -g
# Each function and table has a section of its own, so that the linker drops what a program does not use. Tables for
# unwinding are of no use in C; debuggers have their own.
HARDEN   := -fstack-protector-strong -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
# Relative to the folder of postern if possible: then `make install prefix=…` needs no rebuild.
HELPERS := $(if $(filter $(bindir:%/bin=%/libexec),$(libexecdir)),../libexec,$(libexecdir))/postern
CPPFLAGS += -D_GNU_SOURCE -DPOSTERN_VERSION='"$(VERSION)"' -DPOSTERN_LIBEXECDIR='"$(HELPERS)"'
LDFLAGS  += -pie -Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections

ifeq ($(SANITIZE),thread)
# The sums of the statistics use fences, which the sanitizer does not know; what they order is atomic.
CFLAGS   := -O1 -g -fno-omit-frame-pointer -fsanitize=thread -Wno-unknown-warning-option -Wno-tsan
LDFLAGS  += -fsanitize=thread
else ifdef SANITIZE
CFLAGS   := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS  += -fsanitize=address,undefined
else ifdef COVERAGE
# GNU C: there gcc writes the counts before fork and exec, which are built-in functions.
CFLAGS   := -O0 -g -std=gnu11 --coverage -fprofile-update=atomic
LDFLAGS  += --coverage
else ifeq ($(findstring _FORTIFY_SOURCE,$(CPPFLAGS)),)
CPPFLAGS += -D_FORTIFY_SOURCE=2
endif

COMPILE = $(CC) -std=c11 $(CPPFLAGS) $(WARNINGS) $(CFLAGS) $(HARDEN) -pthread -MMD -MP

# Rooms: the folders inside the programs, each with one subject. A file may include the headers of its
# own room and of those that its room sees; an include of any other does not build.
ALL_OF_COMMON := $(addprefix common/,base io json pattern model protocol settings shared)

see_common/base     :=
see_common/io       := common/base
see_common/json     := common/base
see_common/pattern  := common/base
see_common/model    := common/base common/json common/pattern $(BUILD)/gen
see_common/protocol := common/base common/model
see_common/settings := common/base common/io
see_common/shared   := $(filter-out common/shared,$(ALL_OF_COMMON))

see_workers/text     := $(ALL_OF_COMMON) $(BUILD)/gen
see_workers/email    := $(ALL_OF_COMMON) workers/text
see_workers/url      := $(ALL_OF_COMMON) workers/text
see_workers/input    := $(ALL_OF_COMMON) workers/text workers/email workers/url
see_workers/http     := $(ALL_OF_COMMON) workers/text
see_workers/upstream := $(ALL_OF_COMMON) workers/http
see_workers/api      := $(see_workers/http) $(addprefix workers/,http email input upstream) $(BUILD)/gen
see_workers/serve    := $(see_workers/http) $(addprefix workers/,http upstream api)
see_workers          := $(see_workers/serve) workers/input workers/serve

see_dbd/engine   := $(ALL_OF_COMMON)
see_dbd/transfer := $(ALL_OF_COMMON)
see_dbd/sql      := $(ALL_OF_COMMON)
see_dbd/sqlite   := $(ALL_OF_COMMON) dbd/engine dbd/threads dbd/transfer dbd/sql
see_dbd/threads  := $(ALL_OF_COMMON)
see_dbd/commands := $(ALL_OF_COMMON) dbd/engine
see_dbd/writes   := $(see_dbd/commands) dbd/threads dbd/commands
see_dbd/serve    := $(see_dbd/writes) dbd/writes
see_dbd/fibers   := $(ALL_OF_COMMON)
see_dbd/postgres := $(see_dbd/writes) dbd/writes dbd/fibers dbd/transfer dbd/sql
see_dbd          := $(see_dbd/serve) dbd/serve dbd/sqlite dbd/fibers dbd/postgres dbd/transfer dbd/sql

see_master/sockets   := $(ALL_OF_COMMON)
see_master/setup     := $(ALL_OF_COMMON) master/sockets
see_master/supervise := $(ALL_OF_COMMON) master/sockets master/setup
see_master/compare   := $(ALL_OF_COMMON)
see_master/ctl       := $(ALL_OF_COMMON) master/setup master/compare
see_master/manual    := $(ALL_OF_COMMON) master/setup
see_master           := $(see_master/supervise) master/supervise

ROOMS := $(ALL_OF_COMMON) $(addprefix workers/,text email url input http upstream api serve) workers \
         $(addprefix dbd/,engine transfer sql sqlite threads commands writes serve fibers postgres) dbd \
         $(addprefix master/,sockets setup supervise compare ctl manual) master

room     = $(patsubst %/,%,$(dir $<))
includes = $(addprefix -I,$(1) $(see_$(1)))

# One line per step; V=1 shows the commands.
ifeq ($(V),1)
run = $(2)
else
run = @echo '  $(1)' && $(2)
endif

PROGRAMS := $(BUILD)/postern $(BUILD)/posternctl $(BUILD)/postern-worker $(BUILD)/postern-dbd

# What has a main function is linked by name.
MAINS := master/main.c master/ctl/main.c workers/main.c dbd/main.c dbd/main_postgres.c
sources = $(filter-out $(MAINS),$(wildcard $(1)/*.c $(1)/*/*.c $(1)/*/*/*.c))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

COMMON  := $(call objects,$(call sources,common))
MASTER  := $(call objects,$(filter-out master/manual/%,$(call sources,master)))
WORKERS := $(call objects,$(filter-out workers/unicode/%,$(call sources,workers)))
# Of dbd/postgres, what needs no libpq: it is tested without it.
PURE_PG := $(addprefix dbd/postgres/,freshness.c pg_copy_text.c pg_snapshot.c) $(wildcard dbd/postgres/pg_sql*.c dbd/postgres/pg_value*.c)
DBD     := $(call objects,$(filter-out dbd/postgres/%,$(call sources,dbd)) $(PURE_PG))
PGDBD   := $(call objects,$(filter-out $(PURE_PG),$(wildcard dbd/postgres/*.c)))
SUPPORT := $(call objects,$(wildcard tests/support/*.c))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c tests/ipc/test_*.c tests/http/test_*.c \
		tests/chaos/test_*.c))
CHAOS   := $(call objects,$(filter-out tests/chaos/test_%,$(wildcard tests/chaos/*.c)))

LIBS_common  := $(shell pkg-config --libs $(MSGPACK) 2>/dev/null)
LIBS_master  := -lhttp_parser -lm
LIBS_workers := -lhttp_parser -lseccomp -lz
LIBS_dbd     := $(shell pkg-config --libs sqlite3 2>/dev/null) -lseccomp

# The engine for PostgreSQL is a program of its own, made where libpq is there and POSTGRES is not "no".
POSTGRES ?= $(if $(shell pkg-config --exists libpq 2>/dev/null && echo yes),yes,no)
PGTESTS := $(if $(filter yes,$(POSTGRES)),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/postgres/test_*.c)))
PROGRAMS += $(if $(filter yes,$(POSTGRES)),$(BUILD)/postern-dbd-postgres)
LIBS_postgres := $(if $(filter yes,$(POSTGRES)),$(shell pkg-config --libs libpq 2>/dev/null))
CPPFLAGS_postgres := $(if $(filter yes,$(POSTGRES)),$(shell pkg-config --cflags libpq 2>/dev/null))

# Each goal installs missing packages by apt and says so, then calls make again, because the packages
# change the results of pkg-config above.
JOBS ?= $(shell nproc)
again = +@.ci/ensure $(1) && $(MAKE) --no-print-directory -j$(JOBS) $(2)

.PHONY: all run test asan tsan check-postgres run-check-postgres coverage valgrind check-docs check-client check-apis chaos soak check-systemd fuzz bench bench-check profile lint format install uninstall clean help
.PHONY: build-packages install-files manuals deb run-deb check-container
.PHONY: show-rooms programs tests test-programs run-tests run-tsan run-coverage run-valgrind run-check-docs run-check-client run-check-apis run-chaos run-soak run-fuzz run-bench run-bench-check run-profile run-lint

all: ; $(call again,$(BUILD_PACKAGES),programs)
build-packages: ; @.ci/ensure $(BUILD_PACKAGES)
run: ; $(call again,$(BUILD_PACKAGES),programs) && exec $(BUILD)/postern
test: ; $(call again,$(TEST_PACKAGES),run-tests)
asan: ; $(call again,$(TEST_PACKAGES),run-tests BUILD=$(BUILD)/asan SANITIZE=1)
tsan: ; $(call again,$(TSAN_PACKAGES),run-tsan BUILD=$(BUILD)/tsan SANITIZE=thread)
check-postgres: ; $(call again,$(POSTGRES_PACKAGES),run-check-postgres)
coverage: ; $(call again,$(TEST_PACKAGES),run-coverage BUILD=$(BUILD)/coverage COVERAGE=1)
valgrind: ; $(call again,$(VALGRIND_PACKAGES),run-valgrind)
check-docs: ; $(call again,$(BROWSER_PACKAGES),run-check-docs)
check-client: ; $(call again,$(CLIENT_PACKAGES),run-check-client)
chaos: ; $(call again,$(TEST_PACKAGES),run-chaos)
soak: ; $(call again,$(TEST_PACKAGES),run-soak)
check-apis: ; $(call again,$(TEST_PACKAGES),run-check-apis BUILD=$(BUILD)/asan SANITIZE=1)
check-systemd: ; @tests/systemd/check $(SUITE)
fuzz: ; $(call again,$(FUZZ_PACKAGES),run-fuzz)
bench: ; $(call again,$(BENCH_PACKAGES),run-bench)
bench-check: ; $(call again,$(BENCH_PACKAGES) valgrind git,run-bench-check)
profile: ; $(call again,$(BENCH_PACKAGES) linux-perf,run-profile)
deb: ; $(call again,$(DEB_PACKAGES),run-deb)
check-container: ; @tests/container/check
lint: ; $(call again,$(LINT_PACKAGES),run-lint)

help:
	@echo 'make            build the four programs in $(BUILD)/'
	@echo 'make run        build and serve on 127.0.0.1:8000, or as HOST, PORT and other variables say'
	@echo 'make test       unit, IPC and HTTP tests, the recorded contract, database files of many shapes, installation'
	@echo 'make asan       the same with AddressSanitizer and UndefinedBehaviorSanitizer'
	@echo 'make tsan       unit, IPC and HTTP tests with ThreadSanitizer'
	@echo 'make check-postgres  the tests on PostgreSQL: of the API, of its failures, of pgbouncer, of three Posterns; CHAOS_KILLS (1000), PARTS'
	@echo 'make coverage   report which lines the unit, IPC and HTTP tests run'
	@echo 'make valgrind   unit, IPC and HTTP tests under valgrind; takes an hour'
	@echo 'make check-docs test /docs and /redoc in Chromium; screenshots in $(BUILD)/browser'
	@echo 'make check-client  test TypeScript clients generated from /openapi.json'
	@echo 'make check-apis serve RANDOM_APIS (10000) random declarations, with sanitizers; RANDOM_APIS_SEED repeats a run'
	@echo 'make chaos      kill, stop or starve CHAOS_KILLS (1000) processes under load; CHAOS_SEED repeats a run'
	@echo 'make soak       send SOAK_REQUESTS (1000000) mixed requests, then read long lists; no process may grow'
	@echo 'make check-systemd  test the units on Debian SUITE (default: this one), booted in a container; as root'
	@echo 'make fuzz       run each fuzz target for FUZZ_SECONDS (60)'
	@echo 'make bench      compare Postern with nginx, a bare server and a usual one; BENCH_ARGS: see docs/performance.md'
	@echo 'make bench-check  compare with an earlier build: BASE=commit (HEAD); fails if a row has lost 3 %'
	@echo 'make profile    profile a row of the bench: W="POST a post"'
	@echo 'make check-container  build the image and test it with compose.yaml; needs Docker and curl'
	@echo 'make lint       run clang-format, cppcheck, clang with all warnings, and clang-tidy'
	@echo 'make format     format the sources with clang-format'
	@echo 'make install    install below prefix=/usr/local, in DESTDIR if set; make uninstall removes it'
	@echo 'make deb        build a Debian package in $(BUILD)/deb'
	@echo 'make clean      delete $(BUILD)/'

programs: $(PROGRAMS)

$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call run,CC      $<,$(COMPILE) $(addprefix -I,$(ROOMS)) -Itests/support -Itests/chaos $(CPPFLAGS_$(notdir $(@D))) -c -o $@ $<)
$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call run,CC      $<,$(COMPILE) $(call includes,$(room)) $(CPPFLAGS_$(notdir $(room))) -c -o $@ $<)

# One line per room: its name, and the flags that tell the compiler where its headers are.
show-rooms:
	@printf '%s\n' $(foreach r,$(ROOMS),'$(r): $(strip $(call includes,$(r)))')

# The files that /docs and /redoc load: npm's packages, built into postern-worker (PAGES=npm), or those
# of a CDN (PAGES=cdn). A change of PAGES rebuilds what depends on it.
PAGES ?= $(if $(shell command -v npm 2>/dev/null),npm,cdn)

$(BUILD)/pages/$(PAGES)/page_assets.h: $(wildcard workers/pages/* workers/pages/.npmrc)
	$(call run,PAGES   $@,workers/pages/generate $(PAGES) $(@D))
$(BUILD)/gen/page_assets.h: $(BUILD)/pages/$(PAGES)/page_assets.h FORCE
	@mkdir -p $(@D) && { cmp -s $< $@ || cp $< $@; }
$(BUILD)/obj/workers/api/assets.o $(BUILD)/obj/workers/api/documents.o: $(BUILD)/gen/page_assets.h
FORCE:
# Licences of the packages in postern-worker; none with PAGES=cdn.
LICENCES := $(BUILD)/pages/$(PAGES)/licences

# Properties of code points as C tables, generated by a program that runs on the build machine.
GENERATED := $(BUILD)/gen/unicode_tables.h $(BUILD)/gen/page_assets.h $(BUILD)/gen/builtin_declaration.h

$(BUILD)/gen/generate: workers/unicode/generate.c
	@mkdir -p $(@D)
	$(call run,CC      $<,$(COMPILE) -o $@ $<)
$(BUILD)/gen/unicode_tables.h: $(BUILD)/gen/generate $(wildcard workers/unicode/*.txt)
	$(call run,GEN     $@,$< workers/unicode > $@.new)
	@mv $@.new $@
$(BUILD)/obj/workers/text/unicode.o: $(BUILD)/gen/unicode_tables.h

# The declaration of the built-in API as a C string.
$(BUILD)/gen/builtin_declaration.h: common/model/builtin.json
	@mkdir -p $(@D)
	$(call run,GEN     $@,{ echo '#define BUILTIN_DECLARATION \\'; \
		sed 's/[\\"]/\\&/g; s/.*/"&\\n" \\/' $<; echo '""'; } > $@.new)
	@mv $@.new $@
$(BUILD)/obj/common/model/builtin.o: $(BUILD)/gen/builtin_declaration.h

# Manual pages, completions and the service's settings: templates, whose lists of flags are filled in by
# a program that runs on the build machine.
MANUALS     := $(patsubst docs/man/%.in,$(BUILD)/man/%,$(wildcard docs/man/*.in))
COMPLETIONS := $(patsubst deploy/completion/%.in,$(BUILD)/completion/%,$(wildcard deploy/completion/*.in))

manuals: $(MANUALS) $(COMPLETIONS) $(BUILD)/postern.default

$(BUILD)/man/generate: $(BUILD)/obj/master/manual/generate.o $(BUILD)/libmaster.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_common))
$(MANUALS): $(BUILD)/man/%: docs/man/%.in $(BUILD)/man/generate
	@mkdir -p $(@D)
	$(call run,GEN     $@,$(BUILD)/man/generate < $< > $@.new)
	@mv $@.new $@
$(COMPLETIONS): $(BUILD)/completion/%: deploy/completion/%.in $(BUILD)/man/generate
	@mkdir -p $(@D)
	$(call run,GEN     $@,$(BUILD)/man/generate < $< > $@.new)
	@mv $@.new $@
$(BUILD)/postern.default: deploy/postern.default.in $(BUILD)/man/generate
	$(call run,GEN     $@,$(BUILD)/man/generate < $< > $@.new)
	@mv $@.new $@

$(BUILD)/libcommon.a: $(COMMON)
$(BUILD)/libmaster.a: $(MASTER)
$(BUILD)/libworkers.a: $(WORKERS)
$(BUILD)/libdbd.a: $(DBD)
$(BUILD)/libpostgres.a: $(PGDBD)
$(BUILD)/libsupport.a: $(SUPPORT)
$(BUILD)/libchaos.a: $(CHAOS)
$(BUILD)/lib%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(call run,AR      $@,$(AR) rcs $@ $^)

$(BUILD)/postern: $(BUILD)/obj/master/main.o $(BUILD)/libmaster.a $(BUILD)/libcommon.a
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_master) $(LIBS_common))
$(BUILD)/posternctl: $(BUILD)/obj/master/ctl/main.o $(BUILD)/libmaster.a $(BUILD)/libcommon.a
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_master) $(LIBS_common))
$(BUILD)/postern-worker: $(BUILD)/obj/workers/main.o $(BUILD)/libworkers.a $(BUILD)/libcommon.a
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_workers) $(LIBS_common))
$(BUILD)/postern-dbd: $(BUILD)/obj/dbd/main.o $(BUILD)/libdbd.a $(BUILD)/libcommon.a
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_dbd) $(LIBS_common))

$(BUILD)/postern-dbd-postgres: $(BUILD)/obj/dbd/main_postgres.o $(BUILD)/libpostgres.a $(BUILD)/libdbd.a $(BUILD)/libcommon.a
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_postgres) -lseccomp $(LIBS_common))

# Tests of what is in dbd/postgres.
$(PGTESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/libchaos.a $(BUILD)/libsupport.a \
		$(BUILD)/libmaster.a $(BUILD)/libpostgres.a $(BUILD)/libdbd.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_postgres) $(LIBS_master) $(LIBS_dbd) $(LIBS_common) \
		$$(pkg-config --libs check))

$(TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/libchaos.a $(BUILD)/libsupport.a \
		$(BUILD)/libmaster.a $(BUILD)/libworkers.a $(BUILD)/libdbd.a $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_master) $(LIBS_workers) $(LIBS_dbd) $(LIBS_common) \
		$$(pkg-config --libs check))

# The test makes allocations fail, except those of shared libraries.
$(BUILD)/tests/unit/test_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# Tests.
test-programs: $(TESTS) $(PGTESTS) $(PROGRAMS) manuals $(BUILD)/tests/http/stub-child $(BUILD)/tests/http/slow-names.so

# Without sanitizers: it is loaded into programs with and without them.
$(BUILD)/tests/http/slow-names.so: tests/http/slow_names.c
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) -std=c11 $(CPPFLAGS) $(WARNINGS) -O2 -g -fPIC -shared -o $@ $<)

$(BUILD)/tests/http/stub-child: $(BUILD)/obj/tests/http/stub_child.o $(BUILD)/libcommon.a
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $^ $(LIBS_common))

run-tests: test-programs
	@POSTERN_BUILD_DIR=$(BUILD) tests/run $(BUILD)

run-check-postgres: test-programs
	@POSTERN_BUILD_DIR=$(BUILD) CHAOS_KILLS=$(CHAOS_KILLS) CHAOS_SEED=$(CHAOS_SEED) tests/postgres/check $(BUILD) $(PARTS)

run-valgrind: test-programs
	@POSTERN_BUILD_DIR=$(BUILD) tests/run $(BUILD) tests/valgrind

run-tsan: test-programs
	@POSTERN_BUILD_DIR=$(BUILD) tests/run $(BUILD) tests/threads/under

# Deletes the counts of an earlier run, to which gcov would add.
run-coverage: test-programs
	@find $(BUILD) -name '*.gcda' -delete
	@POSTERN_BUILD_DIR=$(BUILD) tests/run $(BUILD) tests/coverage/under; status=$$?; \
		tests/coverage/report $(BUILD) && exit $$status

# With the programs of make asan.
run-check-apis: programs
	@mkdir -p $(BUILD)/tests
	@RANDOM_APIS=$(or $(RANDOM_APIS),10000) RANDOM_APIS_SEED=$(RANDOM_APIS_SEED) tests/apis/run $(BUILD)

run-check-docs: programs
	@tests/browser/run $(BUILD)

run-check-client: programs
	@tests/client/run $(BUILD)

# Long forms, for an idle machine. The median time to replace a killed child is at most CHAOS_MEDIAN_MS.
CHAOS_KILLS ?= 1000
CHAOS_MEDIAN_MS ?= 100
SOAK_REQUESTS ?= 1000000

run-chaos: programs $(BUILD)/tests/chaos/test_chaos $(BUILD)/tests/chaos/test_linear
	@POSTERN_BUILD_DIR=$(BUILD) CHAOS_KILLS=$(CHAOS_KILLS) CHAOS_SEED=$(CHAOS_SEED) \
		CHAOS_MEDIAN_MS=$(CHAOS_MEDIAN_MS) $(BUILD)/tests/chaos/test_chaos
	@POSTERN_BUILD_DIR=$(BUILD) CHAOS_KILLS=$(CHAOS_KILLS) CHAOS_SEED=$(CHAOS_SEED) \
		$(BUILD)/tests/chaos/test_linear

run-soak: programs $(BUILD)/tests/chaos/test_soak $(BUILD)/tests/chaos/test_lists
	@POSTERN_BUILD_DIR=$(BUILD) SOAK_REQUESTS=$(SOAK_REQUESTS) $(BUILD)/tests/chaos/test_soak
	@POSTERN_BUILD_DIR=$(BUILD) $(BUILD)/tests/chaos/test_lists

# Fuzzing: libFuzzer, one target a file. dbd is not part of it: no target needs SQLite.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -O1 -g -U_FORTIFY_SOURCE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZED := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(call sources,common) \
		$(filter-out master/manual/%,$(call sources,master)) \
		$(filter-out workers/unicode/%,$(call sources,workers)))

$(BUILD)/fuzz/obj/%.o: %.c | $(GENERATED)
	@mkdir -p $(@D)
	$(call run,FUZZ    $<,clang -std=c11 $(CPPFLAGS) $(WARNINGS) $(FUZZ_FLAGS) -pthread -MMD -MP \
		$(addprefix -I,$(ROOMS)) -I$(BUILD)/gen -c -o $@ $<)
$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/fuzz/obj/tests/fuzz/%.o $(FUZZED)
	$(call run,LD      $@,clang $(FUZZ_FLAGS) -pthread -o $@ $^ $(LIBS_master) $(LIBS_workers) $(LIBS_common))

run-fuzz: $(FUZZERS)
	@set -e; for f in $(FUZZERS); do \
		name=$${f##*/fuzz_}; mkdir -p $(BUILD)/fuzz/corpus/$$name; \
		echo "$$name: $(FUZZ_SECONDS) s"; \
		dict=; [ ! -f tests/fuzz/$$name.dict ] || dict=-dict=tests/fuzz/$$name.dict; \
		$$f $$dict -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=4096 -print_final_stats=0 -verbosity=0 \
			$(BUILD)/fuzz/corpus/$$name tests/fuzz/corpus/$$name; \
	done

BENCH := $(addprefix $(BUILD)/tests/bench/,load constant peer)
LIBS_peer := $(shell pkg-config --libs sqlite3 jansson 2>/dev/null) -lhttp_parser
PEER := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/peer*.c))

$(BUILD)/tests/bench/peer: $(PEER)
$(BENCH): $(BUILD)/tests/bench/%: $(BUILD)/obj/tests/bench/%.o $(BUILD)/obj/tests/bench/tool.o
	@mkdir -p $(@D)
	$(call run,LD      $@,$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $(sort $^) $(LIBS_$(@F)))

run-bench: programs $(BENCH)
	@tests/bench/fetch-nginx $(BUILD)/nginx
	@tests/bench/run $(BUILD) $(BENCH_ARGS)

# Compares with BASE, a commit or a folder with programs.
run-bench-check: programs $(BENCH)
	@tests/bench/compare $(or $(BASE),HEAD) $(BUILD) $(BENCH_ARGS)

# W is a part of the name of a row of the bench.
run-profile: programs $(BENCH)
	@tests/bench/run $(BUILD) 1 5 --profile --only '$(or $(W),GET any of)'

# Linting, installing, packaging.
SOURCES := $(sort $(foreach d,$(ROOMS) workers/unicode $(wildcard tests/*),$(wildcard $(d)/*.c)))
HEADERS := $(sort $(foreach d,$(ROOMS) $(wildcard tests/*),$(wildcard $(d)/*.h)))

run-lint: programs
	clang-format --dry-run -Werror $(SOURCES) $(HEADERS)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppressions-list=.cppcheck $(addprefix -I,$(ROOMS)) \
		common master workers dbd
	printf '%s\n' $(SOURCES) | xargs -P $(JOBS) -n 8 clang -std=c11 $(CPPFLAGS) -U_FORTIFY_SOURCE $(WARNINGS) \
		-fsyntax-only $(addprefix -I,$(ROOMS)) -Itests/support -Itests/chaos -I$(BUILD)/gen $(CPPFLAGS_postgres)
	printf '%s\n' $(filter-out tests/%,$(SOURCES)) | xargs -P $(JOBS) -I{} clang-tidy --quiet {} -- \
		-std=c11 $(CPPFLAGS) $(addprefix -I,$(ROOMS)) -I$(BUILD)/gen $(CPPFLAGS_postgres) 2>/dev/null

format:
	clang-format -i $(SOURCES) $(HEADERS)

install: all
	+@$(MAKE) --no-print-directory install-files

install-files: programs manuals
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir)/postern $(DESTDIR)$(docdir)/examples \
		$(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man8 $(DESTDIR)$(unitdir) $(DESTDIR)$(bashcompletiondir) \
		$(DESTDIR)$(zshcompletiondir) $(DESTDIR)$(fishcompletiondir) $(DESTDIR)$(pkgdatadir)
	$(INSTALL_PROGRAM) $(BUILD)/postern $(BUILD)/posternctl $(DESTDIR)$(bindir)
	$(INSTALL_PROGRAM) $(filter $(BUILD)/postern-%,$(PROGRAMS)) $(DESTDIR)$(libexecdir)/postern
	$(INSTALL_DATA) README.md LICENSE CHANGELOG.md docs/*.md $(DESTDIR)$(docdir)
	[ ! -d $(LICENCES) ] || $(INSTALL) -D -m 644 -t $(DESTDIR)$(docdir)/licences $(LICENCES)/*
	$(INSTALL_DATA) deploy/postern.logrotate $(BUILD)/postern.default docs/examples/* $(DESTDIR)$(docdir)/examples
	$(INSTALL_DATA) docs/man/posternctl.1 $(DESTDIR)$(mandir)/man1
	$(INSTALL_DATA) $(filter %.8,$(MANUALS)) $(DESTDIR)$(mandir)/man8
	$(INSTALL_DATA) $(BUILD)/completion/postern.bash $(DESTDIR)$(bashcompletiondir)/postern
	$(INSTALL_DATA) $(BUILD)/completion/postern.zsh $(DESTDIR)$(zshcompletiondir)/_postern
	$(INSTALL_DATA) $(BUILD)/completion/postern.fish $(DESTDIR)$(fishcompletiondir)
	$(INSTALL_DATA) deploy/completion/posternctl.bash $(DESTDIR)$(bashcompletiondir)/posternctl
	$(INSTALL_DATA) deploy/completion/posternctl.zsh $(DESTDIR)$(zshcompletiondir)/_posternctl
	$(INSTALL_DATA) deploy/completion/posternctl.fish $(DESTDIR)$(fishcompletiondir)
	$(INSTALL_DATA) common/model/api.schema.json $(DESTDIR)$(pkgdatadir)
	sed 's|@bindir@|$(bindir)|' deploy/postern.service > $(DESTDIR)$(unitdir)/postern.service
	$(INSTALL_DATA) deploy/postern.socket $(DESTDIR)$(unitdir)

# Removes the files that install would install, then Postern's empty folders.
UNINSTALL := $(abspath $(BUILD))/uninstall

uninstall:
	rm -rf $(UNINSTALL)
	+@$(MAKE) --no-print-directory install-files DESTDIR=$(UNINSTALL) >/dev/null
	cd $(UNINSTALL) && find . ! -type d | sed 's|^\.|$(DESTDIR)|' | xargs -d '\n' rm -f
	cd $(UNINSTALL) && find . -depth -path '*/postern*' -type d | sed 's|^\.|$(DESTDIR)|' | \
		xargs -d '\n' rmdir --ignore-fail-on-non-empty 2>/dev/null || true
	rm -rf $(UNINSTALL)

# A copy of the sources with debian/ where dpkg-buildpackage expects it.
DEB := $(BUILD)/deb/postern-$(VERSION)

run-deb:
	rm -rf $(BUILD)/deb
	mkdir -p $(DEB)
	tar --exclude=./$(BUILD) --exclude=./build --exclude=./.git -cf - . | tar -C $(DEB) -xf -
	mv $(DEB)/deploy/debian $(DEB)/debian
	sed -i 's/@version@/$(VERSION)/' $(DEB)/debian/changelog
	cd $(DEB) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage -us -uc -b
	lintian --allow-root --fail-on error,warning $(BUILD)/deb/*.changes

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)
