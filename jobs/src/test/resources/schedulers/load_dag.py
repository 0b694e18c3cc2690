"""Loads the DAGs of a folder as Airflow does, and runs the one task with a stand-in for spark-submit.

Prints JSON: the import errors, the command line, and the exception after each exit code.
"""

import json
import os
import sys

from airflow.dag_processing.dagbag import DagBag

bag = DagBag(sys.argv[1])
answer = {"errors": bag.import_errors}
if not bag.import_errors:
    (dag,) = bag.dags.values()
    (task,) = dag.tasks
    answer["schedule"] = dag.schedule
    hook = task._get_hook()
    answer["command"] = hook._build_spark_submit_command(task.application)
    answer["raised"] = {}
    for code in sys.argv[2:]:
        os.environ["STAND_IN_CODE"] = code
        try:
            task.execute({})
            answer["raised"][code] = None
        except Exception as failure:
            answer["raised"][code] = type(failure).__name__
        task._hook = None
print("ANSWER " + json.dumps(answer))
