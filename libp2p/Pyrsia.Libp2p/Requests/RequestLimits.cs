namespace Pyrsia.Libp2p;

/// <summary>Limits of a served request protocol.</summary>
public sealed record RequestLimits
{
    /// <summary>Longest request, in bytes; checked before memory is taken. What is longer is content and wants a stream of its own: as many as a peer may ask at once by default are 64 MiB.</summary>
    public int MaxRequestBytes { get; init; } = 1024 * 1024;

    /// <summary>Longest answer, in bytes; a longer one of the handler is an error of the handler. Four times a question, as an answer may be a list.</summary>
    public int MaxResponseBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Time from the opened stream to the sent answer: three times what the asker waits by default, so that it gives up first.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests served at once.</summary>
    public ProtocolLimits Streams { get; init; } = new();

    /// <summary>Refuses options that make no sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative, or the time not more than zero or longer than <see cref="Libp2pHostOptions.LongestWait"/>.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRequestBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxResponseBytes);
        OptionRange.Time(Timeout);
        Streams.Validate();
    }
}
