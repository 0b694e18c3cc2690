"""Settings of the wrong type, which are refused before anything runs, whatever the session."""

from ebmspark import EnergyBasedModelEstimator

WRONG = [
    (dict(steps="100"), "steps expects a whole number of at most 64 bits, got '100'"),
    (dict(steps=True), "steps expects a whole number of at most 64 bits, got True"),
    (dict(seed=1.5), "seed expects a whole number of at most 64 bits, got 1.5"),
    (dict(batchSize=2**31), "batchSize expects a whole number of at most 32 bits, got 2147483648"),
    (dict(gradientClip="1"), "gradientClip expects a number, got '1'"),
    (dict(weight=5), "weight expects text, got 5"),
    (dict(exclude=["a", 5]), "exclude expects text, got 5"),
    (dict(range=[0, None]), "range expects a number, got None"),
]


def refused(test):
    """Whether each is refused where it is set, in a sentence, and nothing else is."""
    for settings, message in WRONG:
        with test.subTest(settings), test.assertRaises(TypeError) as raised:
            EnergyBasedModelEstimator(**settings)
        test.assertEqual(str(raised.exception), message)
    estimator = EnergyBasedModelEstimator(steps=5.0, gradientClip=1, weight=None)
    test.assertEqual(estimator.getOrDefault("steps"), 5)
    test.assertIs(type(estimator.getOrDefault("steps")), int)
    test.assertIs(type(estimator.getOrDefault("gradientClip")), float)
    test.assertFalse(estimator.isSet("weight"))
    with test.assertRaisesRegex(TypeError, "steps expects a whole number .*, got '100'"):
        estimator.copy({estimator.steps: "100"})
