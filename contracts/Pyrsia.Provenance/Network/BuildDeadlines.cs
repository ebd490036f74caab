namespace Pyrsia.Provenance.Network;

/// <summary>How long a request may take, in log time.</summary>
/// <param name="CommitSeconds">From the request to the last commitment.</param>
/// <param name="RevealSeconds">From the close of commitments to the last result.</param>
public sealed record BuildDeadlines(int CommitSeconds, int RevealSeconds)
{
    /// <summary>The longest deadline, in seconds: a week.</summary>
    public const int MaxSeconds = 7 * 24 * 3600;

    /// <summary>An hour to fetch or build, ten minutes to reveal.</summary>
    public static BuildDeadlines Default { get; } = new(3600, 600);
}
