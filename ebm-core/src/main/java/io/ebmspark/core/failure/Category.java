package io.ebmspark.core.failure;

/** Why a run ended, by who can fix it and how; a command's exit code follows from it. */
public enum Category {
  /** The job asks for what cannot be done: change the job. */
  SETTINGS,
  /** The table is unsuitable: change it, or what is read from it. */
  DATA,
  /** Training or sampling diverged: there is no usable result. */
  DIVERGENCE,
  /**
   * A file system is full, unreachable or denies access: nothing is wrong with the job, and a retry
   * may help.
   */
  STORAGE,
  /** Another run holds the output. */
  HELD,
  /** The run was asked to stop, and did. */
  STOPPED,
  /** A fault of this program, or of something it depends on. */
  INTERNAL
}
