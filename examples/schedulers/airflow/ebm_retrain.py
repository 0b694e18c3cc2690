"""Retrains a model every night by `ebm retrain`: a file for Airflow's DAG folder.

The connection `spark_default` names the cluster, with deploy-mode client: in cluster mode the exit
code stays on the driver's machine, and any failure looks like any other.
"""

import re
from datetime import datetime, timedelta

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

EBM = "/opt/ebm"
JOB = "/etc/ebm/sessions.yaml"

# Held by another run, storage full or unreachable, stopped: the same command may succeed later.
MAY_PASS = {5, 75, 143}


class RetrainOperator(SparkSubmitOperator):
    """Submits `ebm retrain`, and retries only what a retry can cure.

    A refusal by a gate or a check (6, 7) is an answer: trying again would give the same one.
    """

    def execute(self, context):
        try:
            super().execute(context)
        except AirflowException as failure:
            code = re.search(r"Error code is: (\d+)", str(failure))
            if code and int(code.group(1)) not in MAY_PASS:
                raise AirflowFailException(f"ebm retrain: exit code {code.group(1)}") from failure
            raise


with DAG(
    "ebm_retrain",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # a night makes up for those before it
    max_active_runs=1,
):
    RetrainOperator(
        task_id="retrain",
        application=f"{EBM}/jobs/target/jobs-0.1.0-SNAPSHOT-all.jar",
        java_class="io.ebmspark.jobs.Main",
        application_args=["retrain", JOB],
        properties_file=f"{EBM}/conf/spark/cluster.conf",
        env_vars={"LOG4J_CONFIGURATION_FILE": f"{EBM}/conf/log4j2.properties"},
        name="ebm retrain sessions",
        retries=3,
        retry_delay=timedelta(minutes=10),
    )
