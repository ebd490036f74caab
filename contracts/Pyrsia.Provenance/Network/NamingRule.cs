namespace Pyrsia.Provenance.Network;

/// <summary>What was done to obtain an artifact. The two are never called each other.</summary>
public enum ArtifactKind
{
    /// <summary>Each of k builders fetched the upstream reference and saw the same digest.</summary>
    Notarized,

    /// <summary>Each of k builders built it from source and got the same digest.</summary>
    Built,
}

/// <summary>Coordinates that begin with a prefix answer with one kind only. The longest matching prefix rules.</summary>
public sealed record NamingRule(string Prefix, ArtifactKind Kind);

/// <summary>The words that documents use for the kinds.</summary>
public static class ArtifactKinds
{
    /// <summary>The word for a kind.</summary>
    public static string ToWord(this ArtifactKind kind) => kind == ArtifactKind.Built ? "built" : "notarized";

    /// <summary>The kind of a word.</summary>
    public static bool TryParse(string word, out ArtifactKind kind)
    {
        kind = word == "built" ? ArtifactKind.Built : ArtifactKind.Notarized;
        return word is "built" or "notarized";
    }
}
