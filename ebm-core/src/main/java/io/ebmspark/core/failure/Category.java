package io.ebmspark.core.failure;

/** Why a run ended, by who can mend it and how; a command's exit code follows from it. */
public enum Category {
  /** What was asked for cannot be done: change the job. */
  SETTINGS,
  /** The table is not fit for it: change the table, or what is read of it. */
  DATA,
  /** Training or sampling left the numbers a result can come of. */
  DIVERGENCE,
  /**
   * A file system is full, away or refuses: nothing is wrong with the job, and a retry may help.
   */
  STORAGE,
  /** Another run holds the output. */
  HELD,
  /** The run was asked to stop, and did. */
  STOPPED,
  /** A fault of this program, or of what it stands on. */
  INTERNAL
}
