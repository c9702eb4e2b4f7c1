namespace EventSegmentation.Sample;

/// <summary>Why the sample cannot go on, in words for the person at the terminal: what happened, and what to do.</summary>
internal sealed class SampleFault(string message) : Exception(message);
