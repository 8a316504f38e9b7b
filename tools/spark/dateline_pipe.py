#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tasks of a plan on a Spark cluster, through RDD.pipe().

    dateline plan --tasks 400 --out /shared/plan /shared/crawl
    spark-submit dateline_pipe.py /shared/plan /shared/shards /shared/store

What it needs: the command `dateline` on every executor, and the plan, the
archives and the two directories under the same paths on all of them (NFS,
Lustre, or archives as s3:// URLs).  Spark moves nothing but task numbers; it
repeats a task whose pipe fails, which is safe, since a task that was done is
known by its shard.  Set spark.task.maxFailures for how often.

This file is an example; it is not part of the tests, for Spark is in no Debian
package.
"""
import subprocess
import sys

RUN = 'sh -c \'while read n; do {} || exit $?; done\''


def step(spark, numbers, command):
    """`command` for each number, one a Spark task; its $n is the number."""
    rdd = spark.parallelize([str(n) for n in numbers], max(len(numbers), 1))
    for line in rdd.pipe(RUN.format(command), checkCode=True).collect():
        print(line)


def todo(plan, shards):
    """Numbers of the tasks that are not done: "0-3,7"."""
    out = subprocess.run(
        ["dateline", "status", shards, "--plan", plan, "--format", "list"],
        stdout=subprocess.PIPE, text=True,
    ).stdout.strip()
    for run in filter(None, out.split(",")):
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)


def main():
    from pyspark import SparkContext

    plan, shards, store = sys.argv[1:]
    spark = SparkContext(appName="dateline")
    parts = spark.defaultParallelism
    step(spark, list(todo(plan, shards)),
         f"dateline ingest -q --plan {plan} --task $n --out {shards}")
    step(spark, range(1, parts + 1),
         f"dateline merge --plan {plan} --shards {shards} --store {store} --range $n/{parts}")
    subprocess.run(["dateline", "merge", "--plan", plan, "--store", store,
                    "--parts", str(parts)], check=True)


if __name__ == "__main__":
    main()
