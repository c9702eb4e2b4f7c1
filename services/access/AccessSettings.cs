namespace EventSegmentation.Access;

/// <summary>What the settings of a service say about who may call.</summary>
/// <param name="Section">The section in which they stand, for messages.</param>
/// <param name="RequireKey">False lets everybody in who reaches the port.</param>
/// <param name="Lists">The keys that stand in the settings.</param>
/// <param name="KeysFile">Where further keys lie; empty if nowhere.</param>
/// <param name="Indispensable">The scope of which there must be a key at the start.</param>
/// <param name="CallsPerSecond">The rate of one key.</param>
public sealed record AccessSettings(string Section, bool RequireKey, IReadOnlyList<KeyList> Lists, string KeysFile, KeyScope Indispensable, int CallsPerSecond)
{
    /// <summary>The keys that stand in the settings. They must have no <see cref="Problems"/>.</summary>
    public IReadOnlyList<AccessKey> Keys => [.. Lists.SelectMany(list => list.Entries.Select(entry => KeyEntry.Read(entry, list.Scope, list.Unnamed)))];

    /// <summary>What is wrong with the keys in the settings, each with its place and the way out; empty if nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        var wrong = false;
        foreach (var list in Lists)
        {
            foreach (var (place, entry) in list.Entries.Index())
            {
                if (KeyEntry.Error(entry) is not { } error)
                    continue;
                wrong = true;
                yield return $"{Section}:{list.Setting}:{place} {error}.";
            }
        }

        if (!wrong && KeyRing.HasTwins(Keys))
            yield return $"{Section}:{string.Join(" and ", Lists.Select(list => list.Setting))} have one key twice; each key stands in one place, under one name.";
        if (RequireKey && KeysFile.Length == 0 && Lists.Single(list => list.Scope == Indispensable) is { Entries.Count: 0, Setting: var setting })
        {
            yield return $"{Section}:{setting} is empty. Set {Section}__{setting}__0 to NAME:KEY with a secret of at least {KeyEntry.MinLength} characters, "
                + $"or {Section}__KeysFile to a file of keys, or {Section}__RequireKey=false to let everybody in.";
        }
    }
}

/// <summary>Keys of one scope that stand in the settings.</summary>
/// <param name="Setting">The name of the setting.</param>
/// <param name="Unnamed">The name of a key that has none of its own.</param>
/// <param name="Entries">As <see cref="KeyEntry"/> reads them.</param>
public sealed record KeyList(string Setting, KeyScope Scope, string Unnamed, IReadOnlyList<string> Entries);
