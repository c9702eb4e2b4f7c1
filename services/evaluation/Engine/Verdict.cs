namespace EventSegmentation.Evaluation.Engine;

/// <summary>What a leaf says at an instant.</summary>
/// <param name="Holds">Whether it holds.</param>
/// <param name="Due">The earliest later instant at which time alone changes that; <see cref="Calendar.Micros.Never"/> if none.</param>
internal readonly record struct Verdict(bool Holds, long Due);
