"""Engines that run a joint job: DuckDB inside this process, or a real Spark. Same expression, same numbers.

Both read exact file lists of pinned versions. No Django here; whoever starts Spark says where Java is.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import ibis
import pyarrow as pa

from hansa.alliance.jobs.tables import PinnedTable
from hansa.kernel.errors import Unavailable

Expression = Callable[[Mapping[str, ibis.Table]], ibis.Table]

# What changes the numbers is set for every run, also in a session that somebody else has opened. Folder
# names are texts until the contract says otherwise: member "007" is not the number 7.
_MEANING = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.ansi.enabled": "true",
}
_DUCKDB_TYPES = {"string": "VARCHAR", "int32": "INTEGER", "int64": "BIGINT"}


class Engine(Protocol):
    """Something that can run an expression over pinned tables."""

    @property
    def name(self) -> str:
        """What a run says it was made with."""
        ...

    def run(self, expression: Expression, tables: Sequence[PinnedTable], result: pa.Schema) -> pa.Table:
        """Evaluate the expression; the answer has the columns and types of ``result``."""
        ...


@dataclass(frozen=True)
class DuckDBEngine:
    """The embedded default: one process, no server."""

    threads: int = 2
    memory_limit: str = "2GB"
    name: str = "duckdb"

    def run(self, expression: Expression, tables: Sequence[PinnedTable], result: pa.Schema) -> pa.Table:
        with tempfile.TemporaryDirectory(prefix="hansa-duckdb-") as spill:
            backend = ibis.duckdb.connect(
                threads=self.threads, memory_limit=self.memory_limit, temp_directory=spill
            )
            try:
                backend.raw_sql("set TimeZone = 'UTC'")
                bound = {table.name: _in_duckdb(backend, table) for table in tables}
                return _as_declared(backend.to_pyarrow(expression(bound)), result)
            finally:
                backend.disconnect()


@dataclass(frozen=True)
class SparkEngine:
    """Spark on this machine, bound to the loopback address. Stock pyspark: no jar is added.

    Starts its session for one run and stops it, unless somebody keeps one warm with `session`.
    """

    java_home: Path
    master: str = "local[2]"
    driver_memory: str = "2g"
    shuffle_partitions: int = 4
    name: str = "spark"

    def run(self, expression: Expression, tables: Sequence[PinnedTable], result: pa.Schema) -> pa.Table:
        with self.session() as spark:
            for name, value in _MEANING.items():
                spark.conf.set(name, value)
            backend = ibis.pyspark.connect(spark)
            bound = {table.name: _in_spark(backend, spark, table) for table in tables}
            return _as_declared(backend.to_pyarrow(expression(bound)), result)

    @contextmanager
    def session(self) -> Iterator[Any]:
        """Open a Spark session or join the open one; refuses with Unavailable when it cannot start."""
        spark_sql = _pyspark_sql()
        joined = spark_sql.SparkSession.getActiveSession()
        spark = joined or self._start(spark_sql)
        try:
            yield spark
        finally:
            if joined is None:
                spark.stop()

    def _start(self, spark_sql: Any) -> Any:
        os.environ["JAVA_HOME"] = str(self.java_home)
        os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
        builder = spark_sql.SparkSession.builder.master(self.master).appName("hansa")
        for name, value in self._settings().items():
            builder = builder.config(name, value)
        try:
            return builder.getOrCreate()
        except (OSError, RuntimeError) as error:
            raise Unavailable(f"Spark did not start with the Java in {self.java_home}: {error}") from error

    def _settings(self) -> dict[str, str]:
        return {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": self.driver_memory,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.sql.shuffle.partitions": str(self.shuffle_partitions),
            "spark.sql.execution.arrow.pyspark.enabled": "true",
            "spark.sql.warehouse.dir": tempfile.gettempdir() + "/hansa-spark-warehouse",
        }


def _pyspark_sql() -> Any:
    try:
        import pyspark.sql
    except ImportError as error:
        raise Unavailable("Spark is not installed here: pip install 'hansa[spark]'") from error
    return pyspark.sql


def _in_duckdb(backend: Any, table: PinnedTable) -> ibis.Table:
    if not table.files:
        return backend.create_table(table.name, schema=ibis.Schema.from_pyarrow(table.schema), temp=True)
    kinds = {name: _DUCKDB_TYPES[str(table.schema.field(name).type)] for name in table.partition_by}
    types = ", ".join(f"{_quoted(name)}: {kind}" for name, kind in kinds.items())
    files = ", ".join(_quoted(file) for file in table.files)
    columns = ", ".join(f'"{name}"' for name in table.schema.names)
    backend.raw_sql(
        f'create temp view "{table.name}" as select {columns} from read_parquet([{files}],'  # noqa: S608 - own names
        f" hive_partitioning = true, hive_types = {{{types}}})"
    )
    return backend.table(table.name)


def _in_spark(backend: Any, spark: Any, table: PinnedTable) -> ibis.Table:
    from pyspark.sql.functions import lit as literal
    from pyspark.sql.pandas.types import from_arrow_schema

    declared = from_arrow_schema(table.schema)
    if table.files:
        frame = spark.read.option("basePath", table.base).parquet(*table.files)
        frame = frame.select([frame[field.name].cast(field.dataType).alias(field.name) for field in declared])
    else:
        # Not createDataFrame([]): that would start Python workers to send nothing.
        nothing = [literal(None).cast(field.dataType).alias(field.name) for field in declared]
        frame = spark.range(0).select(nothing)
    frame.createOrReplaceTempView(table.name)
    return backend.table(table.name)


def _as_declared(answer: pa.Table, result: pa.Schema) -> pa.Table:
    return answer.select(result.names).cast(result).combine_chunks()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
