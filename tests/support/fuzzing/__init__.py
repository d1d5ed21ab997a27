"""What every input must leave true, as checks that a fuzzer, a property test or a corpus can feed."""
