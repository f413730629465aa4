#!/bin/bash
# Tries the scripts of this folder on a real Slurm of one node, which lives as long as this script does.
#
#   try_on_one_node.sh BLEMORE FEATURES.npz TRAIN_METADATA.csv [CLIPS CHECKPOINTS]
#
# Everything is in a temporary folder and on ports of its own; a Slurm that runs on this machine is not touched. Exit
# code 0: the job arrays ended with the tables and checkpoints of undivided runs, byte for byte. 2: it cannot be tried
# here.

set -euo pipefail

fail() {
    echo "try_on_one_node.sh: $*" >&2
    exit "${code:-1}"
}

[[ $# -eq 3 || $# -eq 5 ]] ||
    code=2 fail "usage: try_on_one_node.sh BLEMORE FEATURES.npz TRAIN_METADATA.csv [CLIPS CHECKPOINTS]"
# The daemons are in /usr/sbin, which is not in everybody's PATH.
PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch; do
    if ! command -v "$program" >/dev/null; then
        echo "install slurm-wlm and munge" >&2
        exit 2
    fi
done
for file in "${@:1:3}"; do
    [[ -f $file ]] || code=2 fail "no file $file"
done
for folder in "${@:4}"; do
    [[ -d $folder ]] || code=2 fail "no folder $folder"
done

scripts=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
logs=$work/logs
daemons=()

stop() {
    status=$?
    trap - EXIT
    # Steps that still run would outlive slurmd.
    timeout 20 scancel --user="$(id -un)" 2>/dev/null || true
    for daemon in $(printf '%s\n' "${daemons[@]}" | tac); do
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    done
    if [[ $status -ne 0 ]]; then
        tail -n 10 "$logs"/* "$work"/try/*.out >&2 || true
    fi
    rm -rf "$work"
    exit "$status"
}
trap stop EXIT
trap 'exit 130' INT TERM

# --- Slurm ---

# munged wants a socket that everybody can reach, and a key that nobody else can read.
chmod 755 "$work"
mkdir -m 755 "$work/munge" "$work/state" "$work/spool" "$logs" "$work/bin" "$work/try"
(umask 077 && head -c 1024 /dev/urandom >"$work/munge/key")

host=$(uname -n)
host=${host%%.*}
memory=$(awk '/MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
export SLURM_CONF=$work/slurm.conf
cat >"$SLURM_CONF" <<CONF
ClusterName=one-node
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
# No control groups, which containers seldom have.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=node-1 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$memory
PartitionName=all Nodes=node-1 Default=YES MaxTime=INFINITE State=UP
CONF

munged --foreground --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
    --seed-file="$work/munge/seed" 2>"$logs/munged" &
daemons+=($!)
slurmctld -D 2>"$logs/slurmctld" &
daemons+=($!)
slurmd -D 2>"$logs/slurmd" &
daemons+=($!)

# wait_until SECONDS WHAT COMMAND...: polls, every two seconds.
wait_until() {
    local seconds=$1 what=$2
    shift 2
    local end=$((SECONDS + seconds))
    until "$@"; do
        ((SECONDS < end)) || fail "$what: not after $seconds s"
        sleep 0.2
    done
}
node_is_idle() { [[ $(sinfo --noheader --format=%t 2>/dev/null) == idle ]]; }
wait_until 60 "the node is idle" node_is_idle

# --- The jobs ---

# Under names that say nothing of this machine; the folder of the metadata may hold the test partition's too.
blemore=$(realpath "$1")
features=$(realpath "$2")
metadata=$(realpath "$3")
clips=${4:+$(realpath "$4")}
checkpoints=${5:+$(realpath "$5")}
cd "$work/try"
ln -s "$blemore" "$work/bin/blemore"
ln -s "$features" features.npz
ln -s "$metadata" train_metadata.csv
test_metadata=$(dirname "$metadata")/test_metadata.csv
if [[ -f $test_metadata ]]; then ln -s "$test_metadata" test_metadata.csv; fi
if [[ -n $clips ]]; then
    ln -s "$clips" clips
    ln -s "$checkpoints" checkpoints
fi
cp "$scripts"/*.sbatch .
export PATH=$work/bin:$PATH

# Says a line of shell, and runs it.
say() {
    echo "\$ $1"
    eval "$1"
}
queue_is_empty() { [[ -z $(squeue --noheader) ]]; }
a_task_runs() { [[ -n $(squeue --noheader --states=running) ]]; }

# same ARRAY UNDIVIDED: compares two folders of results. The event files of TensorBoard hold the time of day, and result.json
# their hashes.
same() {
    say "for table in epochs cells summary; do cmp $1/\$table.csv $2/\$table.csv; done"
    say "diff -r --exclude='events.*' --exclude=result.json $1/cells $2/cells && echo the same"
}

# shellcheck disable=SC2016,SC2034 # variables in single quotes are for say, which sets and expands them
{
    echo "# 1. Three models and five folds are 15 cells, one a task"
    say 'sbatch --version'
    say 'array=$(sbatch --parsable cross_validate.sbatch --epochs 8 --learning-rate 5e-4)'
    say 'sbatch --dependency=afterok:$array --kill-on-invalid-dep=yes merge.sbatch runs/features'
    until a_task_runs; do sleep 0.5; done
    say 'squeue --format="%.12i %.14j %.10T %.6M %R"'
    wait_until 600 "the first job array is done" queue_is_empty
    say 'cat blemore-merge-*.out'
    echo '# The same without Slurm, undivided'
    say 'blemore cross-validate --features features.npz --metadata train_metadata.csv --epochs 8 --learning-rate 5e-4 \
    -o undivided/1'
    same runs/features undivided/1

    echo
    echo '# 2. Five cells in two folders; a task is killed while it trains, and its share submitted again'
    say 'export MODELS=mlp-512 SHARES=5'
    say 'OUTPUT=parts/1 sbatch --array=1-3 cross_validate.sbatch --epochs 150 --learning-rate 5e-4'
    wait_until 300 "the first folder is done" queue_is_empty
    say 'array=$(OUTPUT=parts/2 sbatch --parsable --array=4-5 cross_validate.sbatch --epochs 150 --learning-rate 5e-4)'
    snapshot_is_there() { compgen -G 'parts/2/.work/*fold4*/state.safetensors' >/dev/null; }
    wait_until 60 "a snapshot is there" snapshot_is_there
    say 'scancel ${array}_5'
    wait_until 120 "the other task is done" queue_is_empty
    say 'scontrol --oneliner show job $array | grep -o "ArrayTaskId=[0-9]*\|JobState=[A-Z]*" | xargs -n 2'
    say 'ls parts/2/cells parts/2/.work/*fold4*/'
    say 'array=$(OUTPUT=parts/2 sbatch --parsable --array=5 cross_validate.sbatch --epochs 150 --learning-rate 5e-4)'
    say 'merge=$(sbatch --parsable --dependency=afterok:$array merge.sbatch parts/whole parts/1 parts/2)'
    wait_until 300 "the share is done" queue_is_empty
    say 'cat blemore-merge-$merge.out'
    say 'blemore cross-validate --features features.npz --metadata train_metadata.csv --models $MODELS --epochs 150 \
    --learning-rate 5e-4 -o undivided/2'
    same parts/whole undivided/2
}

[[ -n $clips ]] || exit 0

# shellcheck disable=SC2016,SC2034 # as above
{
    echo
    echo '# 3. From clips to the tables: four tasks make features, four train cells, one makes the tables'
    say 'export SHARES=4'
    say 'options="--epochs 4 --test-epochs 4 --models linear,mlp-256"'
    say 'features=$(sbatch --parsable --array=1-4 reproduce.sbatch $options)'
    say 'cells=$(sbatch --parsable --array=1-4 --dependency=afterok:$features reproduce.sbatch $options)'
    say 'tables=$(sbatch --parsable --dependency=afterok:$cells --kill-on-invalid-dep=yes reproduce.sbatch $options)'
    wait_until 600 "the tables are made" queue_is_empty
    say 'cat blemore-reproduce-${features}_1.out blemore-reproduce-${cells}_1.out'
    say 'cat blemore-reproduce-${tables}_*.out'
    # As many cores as a task has: libtorch sums in another order with others, which moves the last bits of HuBERT.
    say 'blemore reproduce --clips clips --checkpoints checkpoints --jobs 1 $options -o undivided/tables >/dev/null 2>&1'
    say 'for row in runs/tables/rows/*; do diff -r --exclude="events.*" --exclude=result.json $row/cells ${row/runs/undivided}/cells; done'
    say 'cmp runs/tables/tables.json undivided/tables/tables.json && echo the same'
}
