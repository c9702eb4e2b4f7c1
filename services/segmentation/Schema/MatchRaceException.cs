namespace EventSegmentation.Segmentation.Schema;

/// <summary>
/// What a transaction was decided from has changed in the meantime: somebody else gave one of its identifiers to a contact,
/// or erased one of its contacts. It must be decided again; <see cref="DatabaseFaults.IsRace"/> knows it.
/// </summary>
internal sealed class MatchRaceException() : Exception("somebody else linked an identifier, or erased a contact, at the same moment");
