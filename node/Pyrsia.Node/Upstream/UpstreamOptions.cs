namespace Pyrsia.Node.Upstream;

/// <summary>Limits of what is taken from an upstream registry.</summary>
public sealed record UpstreamOptions
{
    /// <summary>Largest manifest in bytes: the 4 MiB that the distribution specification asks registries to accept.</summary>
    public const int MaxManifestBytes = 4 * 1024 * 1024;

    /// <summary>Most redirects followed for one request; registries use one, to their blob storage.</summary>
    public const int MaxRedirects = 5;

    /// <summary>Largest token answer in bytes; real ones have a few thousand.</summary>
    public const int MaxTokenBytes = 256 * 1024;

    /// <summary>Times that a broken blob body is taken up again where it broke.</summary>
    public const int MaxResumes = 3;

    /// <summary>Largest small file of a Maven repository that is read into memory (poms, metadata, checksums), in bytes.</summary>
    public const int MaxSmallFileBytes = 4 * 1024 * 1024;

    /// <summary>Tries at one Maven file that is refused for being busy (429) or failing (5xx), the first one counted.</summary>
    public const int MaxTries = 4;

    /// <summary>Longest pause between tries, whatever the upstream asks for: a request has a deadline.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(20);

    /// <summary>Pause after the first refusal; it doubles with each.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Plain HTTP and private addresses are allowed: only in a test network.</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>How long a registry may take to answer with headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a body may stand still.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
