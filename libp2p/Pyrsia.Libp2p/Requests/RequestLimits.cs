namespace Pyrsia.Libp2p;

/// <summary>Limits of a served request protocol.</summary>
public sealed record RequestLimits
{
    /// <summary>Longest request, in bytes; checked before memory is taken.</summary>
    public int MaxRequestBytes { get; init; } = 1024 * 1024;

    /// <summary>Longest answer, in bytes; a longer one of the handler is an error of the handler.</summary>
    public int MaxResponseBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Time from the opened stream to the sent answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests served at once.</summary>
    public ProtocolLimits Streams { get; init; } = new();
}
