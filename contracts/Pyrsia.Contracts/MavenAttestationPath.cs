namespace Pyrsia.Contracts;

/// <summary>A proof that stands beside a file of a repository.</summary>
public enum MavenAttestation
{
    /// <summary>The portable bundle: <c>.pyrsia.json</c>.</summary>
    Pyrsia,

    /// <summary>One builder's attestation as a Sigstore bundle: <c>.sigstore.json</c>, or <c>.BUILDER.sigstore.json</c>.</summary>
    Sigstore,
}

/// <summary>
/// The place of a proof: beside the file that it is about, with an ending of its own. A path does not say where the file's name ends and a builder's begins, so it
/// may be read in several ways; which of them is meant is known to who knows the files.
/// </summary>
public sealed record MavenAttestationPath : MavenPath
{
    private const string PyrsiaEnding = ".pyrsia.json";
    private const string SigstoreEnding = ".sigstore.json";

    private MavenAttestationPath()
    {
    }

    /// <summary>Which proof is meant.</summary>
    public required MavenAttestation Kind { get; init; }

    /// <summary>The files that it may be about, each with the builder whose attestation is meant: null for the first that agrees. Longest file name first, never empty.</summary>
    public required IReadOnlyList<(MavenFilePath File, string? Builder)> Readings { get; init; }

    /// <summary>The path as that of a file in its own right, which an upstream may have; null when it cannot be one.</summary>
    public required MavenFilePath? Itself { get; init; }

    /// <summary>Takes the segments apart; null when they stand beside no file of the layout.</summary>
    internal static MavenAttestationPath? Read(string[] segments)
    {
        var name = segments[^1];
        MavenAttestation? kind = name.EndsWith(PyrsiaEnding, StringComparison.Ordinal) ? MavenAttestation.Pyrsia : name.EndsWith(SigstoreEnding, StringComparison.Ordinal) ? MavenAttestation.Sigstore : null;
        if (kind is null) return null;
        var stem = name[..^(kind == MavenAttestation.Pyrsia ? PyrsiaEnding : SigstoreEnding).Length];
        var readings = new List<(MavenFilePath, string?)>();
        if (MavenFilePath.Read([.. segments[..^1], stem]) is { } file) readings.Add((file, null));
        for (var dot = stem.LastIndexOf('.'); kind == MavenAttestation.Sigstore && dot > 0; dot = stem.LastIndexOf('.', dot - 1))
            if (dot < stem.Length - 1 && MavenFilePath.Read([.. segments[..^1], stem[..dot]]) is { } shorter) readings.Add((shorter, stem[(dot + 1)..]));
        return readings.Count == 0 ? null : new MavenAttestationPath { Target = string.Join('/', segments), Kind = kind.Value, Readings = readings, Itself = MavenFilePath.Read(segments) };
    }
}
