namespace EventSegmentation.Access;

/// <summary>The file of keys: read at the start, and again whenever its content has changed. One caller at a time.</summary>
/// <param name="path">Where it lies; empty if there is none.</param>
public sealed class KeysFile(string path, KeyRing ring)
{
    /// <summary>The largest file, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private byte[]? _seen;

    /// <summary>True if there is one to watch.</summary>
    public bool Exists => path.Length > 0;

    /// <summary>Takes the keys of the file if it is another than before; the keys before stay if it cannot be used.</summary>
    public KeysChange Take()
    {
        if (!Exists)
            return new KeysChange.None();
        byte[] bytes;
        try
        {
            bytes = ReadWhole();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _seen = null;
            return new KeysChange.Fault($"it cannot be read: {fault.GetType().Name}");
        }

        if (_seen is not null && bytes.AsSpan().SequenceEqual(_seen))
            return new KeysChange.None();
        _seen = bytes;
        if (bytes.Length > MaxBytes)
            return new KeysChange.Fault($"it has more than {MaxBytes} bytes");
        return KeyDocument.Read(bytes) switch
        {
            KeyReading.Keys keys when ring.TryReplace(keys.All) => new KeysChange.Taken(keys.All.Count),
            KeyReading.Keys => new KeysChange.Fault("one key stands twice in it and the settings; each key stands in one place, under one name"),
            KeyReading.Fault fault => new KeysChange.Fault(fault.Reason),
            _ => throw new InvalidOperationException("There is no other reading."),
        };
    }

    // One byte more than allowed is enough to know.
    private byte[] ReadWhole()
    {
        using var file = File.OpenRead(path);
        var buffer = new byte[(int)Math.Min(file.Length, MaxBytes) + 1];
        return buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
    }
}

/// <summary>What a look at the file of keys brought.</summary>
public abstract record KeysChange
{
    private KeysChange()
    {
    }

    /// <summary>It is as it was.</summary>
    public sealed record None : KeysChange;

    /// <summary>Its keys are good from now on, and those of before are not.</summary>
    public sealed record Taken(int Count) : KeysChange;

    /// <summary>It cannot be used, and the keys before stay.</summary>
    public sealed record Fault(string Reason) : KeysChange;
}
