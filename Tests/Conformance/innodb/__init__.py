"""Recorder, generator and comparison for InnoDB (MariaDB); see docs/fidelity.md."""
