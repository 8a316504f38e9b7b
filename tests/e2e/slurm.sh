#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A cluster of four nodes on this machine: forty tasks, one that has to be
# tried again, one that is killed, and a node that dies with its task.  The
# store that comes out exports the same bytes as the one this machine makes
# alone.
. "$SOURCE/tests/e2e/lib/common.sh"
for c in slurmctld slurmd munged; do
    PATH=$PATH:/usr/sbin command -v $c >/dev/null || {
        echo "$test_name: skipped, there is no $c"
        exit 77
    }
done
PATH=$PATH:/usr/sbin
[ "$(id -u)" -eq 0 ] || {
    echo "$test_name: skipped, slurmd wants to be root"
    exit 77
}

# ---- the cluster ------------------------------------------------------------

stop() {
    for f in "$dir"/slurm/*.pid; do
        [ ! -e "$f" ] || kill -9 "$(cat "$f")" 2>/dev/null || :
    done
    rm -rf "$dir"
}
trap stop EXIT
mkdir "$dir/slurm"
cd "$dir/slurm"
mkdir state n1 n2 n3 n4
base=$(python3 -c '
import socket
for base in range(17100, 19000, 10):
    socks = []
    try:
        for p in range(5):
            s = socket.socket()
            s.bind(("127.0.0.1", base + p))
            socks.append(s)
        print(base)
        break
    except OSError:
        pass
')
head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$PWD/munge.socket
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/%n
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd-%n.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
ReturnToService=2
SlurmctldTimeout=5
SlurmdTimeout=5
KillWait=1
NodeName=n[1-4] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((base + 1))-$((base + 4))] CPUs=1
PartitionName=main Nodes=ALL Default=YES State=UP
END
export SLURM_CONF="$PWD/slurm.conf"
munged --force --key-file="$PWD/munge.key" --socket="$PWD/munge.socket" \
    --pid-file="$PWD/munged.pid" --log-file="$PWD/munged.log" \
    --seed-file="$PWD/munged.seed" >out 2>&1 || die "munged: $(cat out)"
slurmctld -f "$SLURM_CONF" >out 2>&1 || die "slurmctld: $(cat out)"
for n in n1 n2 n3 n4; do
    slurmd -f "$SLURM_CONF" -N $n >out 2>&1 || die "slurmd: $(cat out)"
done
idle() {
    sinfo --noheader --format %t 2>/dev/null | grep -q idle
}
tries=0
until idle; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || die "no node: $(tail -n 3 slurmctld.log)"
    sleep 1
done

# ---- what goes wrong --------------------------------------------------------

# In place of dateline: the first try of task 7 cannot reach its archive, that
# of task 11 is killed at work, and whoever is first on node n2 waits there to
# be taken down with it.
mkdir "$dir/bin" "$dir/did"
cat >"$dir/bin/dateline" <<END
#!/bin/sh
first() { mkdir "$dir/did/\$1" 2>/dev/null; }
case "\$* \${SLURM_JOB_NAME-}" in
*--task*)
    if [ "\$SLURM_ARRAY_TASK_ID" = 7 ] && first again; then exit 75; fi
    if [ "\$SLURM_ARRAY_TASK_ID" = 11 ] && first killed; then
        "$DATELINE" "\$@" & kill -9 \$!; wait \$!; exit 137
    fi
    if [ "\${SLURMD_NODENAME-}" = n2 ] && first dead; then
        echo "\$\$ \$PPID \$(ps -o ppid= -p \$PPID)" >"$dir/did/pids.tmp"
        mv "$dir/did/pids.tmp" "$dir/did/pids"
        sleep 600
    fi ;;
esac
exec "$DATELINE" "\$@"
END
chmod +x "$dir/bin/dateline"

# ---- the crawl --------------------------------------------------------------

cd "$dir"
mkdir crawl
cp "$FIXTURES"/news-* crawl
export DATELINE_SLURM_PAUSE=1
"$SOURCE/tools/slurm/dateline-slurm" --work "$dir/work" --tasks 40 --parts 3 \
    --dateline "$dir/bin/dateline" crawl >"$dir/out" 2>"$dir/err" ||
    die "dateline-slurm: $(cat "$dir/out" "$dir/err")"

tries=0
until [ -e did/pids ]; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || die "no task came to n2: $(squeue)"
    sleep 1
done
kill -9 "$(cat slurm/slurmd-n2.pid)"
# shellcheck disable=SC2046 # three numbers
kill -9 $(cat did/pids)
tries=0
until sinfo --noheader --nodes n2 --format %t | grep -q 'down\|\*'; do
    tries=$((tries + 1))
    [ $tries -lt 90 ] || die "nobody misses n2: $(sinfo)"
    sleep 1
done
slurmd -f "$SLURM_CONF" -N n2

tries=0
while [ -n "$(squeue --noheader)" ]; do
    tries=$((tries + 1))
    [ $tries -lt 180 ] || die "it does not end: $(squeue; sinfo)"
    # Slurm lets a job that is put back wait for two minutes.
    for job in $(squeue --noheader --states PD --format '%i %r' |
        sed -n 's/ BeginTime$//p'); do
        scontrol update JobId="$job" StartTime=now 2>/dev/null || :
    done
    sleep 1
done
for what in again killed dead; do
    [ -d "did/$what" ] || die "nothing was $what"
done
"$SOURCE/tools/slurm/dateline-slurm" --work work --status \
    --dateline "$DATELINE" >out || die "status says: $(cat out)"
grep -q '^40 of 40 tasks done' out || die "status says: $(cat out)"
[ -e work/store/manifest.mdb ] || die "no store: $(cat work/log/*)"

dl ingest -q --store single crawl
for store in single work/store; do
    DATELINE_STORE=$store "$DATELINE" export
    DATELINE_STORE=$store "$DATELINE" stories --format jsonl
    for d in example test; do
        DATELINE_STORE=$store "$DATELINE" lookup --match domain \
            --format cdxj $d
    done
done >both
python3 -c '
text = open("both", "rb").read()
assert len(text) > 10000 and text[:len(text) // 2] == text[len(text) // 2:]
' || die "the stores answer otherwise"
echo "$test_name: 40 tasks on 4 nodes, one answer"
