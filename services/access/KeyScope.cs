namespace EventSegmentation.Access;

/// <summary>What a key allows.</summary>
public enum KeyScope
{
    /// <summary>Nothing: there is no key, or it is unknown.</summary>
    None,

    /// <summary>To send events.</summary>
    Write,

    /// <summary>To read contacts, segments and events.</summary>
    Read,

    /// <summary>To read them and to change them. It does not send events: that is for <see cref="Write"/>.</summary>
    Admin,
}

/// <summary>Which scope covers which.</summary>
public static class KeyScopes
{
    /// <summary>True if a key of this scope may do what needs <paramref name="needed"/>.</summary>
    public static bool Allows(this KeyScope held, KeyScope needed) =>
        held != KeyScope.None && (held == needed || held == KeyScope.Admin && needed == KeyScope.Read);

    /// <summary>The scope as settings, files and answers write it.</summary>
    public static string Word(this KeyScope scope) => scope switch
    {
        KeyScope.Write => "write",
        KeyScope.Read => "read",
        KeyScope.Admin => "admin",
        _ => "no",
    };
}
