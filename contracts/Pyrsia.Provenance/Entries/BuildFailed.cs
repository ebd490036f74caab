using Pyrsia.Contracts;
using Pyrsia.Provenance.Formats;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Provenance.Entries;

/// <summary>Why a builder has no result.</summary>
public enum FailureReason
{
    /// <summary>The upstream does not have it.</summary>
    UnknownImage,

    /// <summary>The reference now resolves to another digest than the request's.</summary>
    TagMoved,

    /// <summary>The upstream did not answer, or not properly.</summary>
    UpstreamUnavailable,

    /// <summary>It is larger than the request or the builder allows.</summary>
    LimitExceeded,

    /// <summary>The upstream or the builder's policy refuses it.</summary>
    Denied,

    /// <summary>The builder itself failed.</summary>
    Internal,

    /// <summary>The source cannot be fetched.</summary>
    SourceUnavailable,

    /// <summary>The repository has not that commit.</summary>
    CommitNotFound,

    /// <summary>A tool, version, goal, option or builder image that this builder does not use.</summary>
    ToolNotAllowed,

    /// <summary>A file that the build wants is not verified in the log.</summary>
    DependencyUnverified,

    /// <summary>The tool ended with an error: source that does not compile, a test that fails.</summary>
    BuildError,

    /// <summary>It took longer than a builder allows.</summary>
    TimedOut,

    /// <summary>It wanted more memory, processes, disk or log than a builder allows.</summary>
    ResourceLimit,

    /// <summary>A file that was to be made is missing, or is none that may be passed on.</summary>
    OutputRefused,

    /// <summary>No k builders have the same source, builder image and dependencies; derived.</summary>
    PlanMismatch,

    /// <summary>The asker took the request back; derived, and no builder can say it.</summary>
    Cancelled,
}

/// <summary>The words that entries use for the reasons.</summary>
public static class FailureReasons
{
    private static readonly string[] Words = ["unknown-image", "tag-moved", "upstream-unavailable", "limit-exceeded", "denied", "internal",
        "source-unavailable", "commit-not-found", "tool-not-allowed", "dependency-unverified", "build-error", "timed-out", "resource-limit", "output-refused", "plan-mismatch", "cancelled"];

    /// <summary>The word for a reason.</summary>
    public static string ToWord(this FailureReason reason) => Words[(int)reason];

    /// <summary>The reason of a word.</summary>
    public static bool TryParse(string word, out FailureReason reason)
    {
        var index = Array.IndexOf(Words, word);
        reason = (FailureReason)Math.Max(index, 0);
        return index >= 0;
    }
}

/// <summary>A builder says that it has no result.</summary>
/// <param name="Request">The request.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Builder">The builder's name.</param>
/// <param name="Reason">Why.</param>
/// <param name="Message">For people; may be empty.</param>
/// <param name="Log">The digest of the build's log, where there is one.</param>
public sealed record BuildFailed(RequestId Request, int Attempt, string Builder, FailureReason Reason, string Message, Digest? Log = null) : BuilderEntry(Request, Attempt, Builder)
{
    /// <inheritdoc/>
    public override EntryType Type => EntryType.BuildFailed;

    /// <inheritdoc/>
    public override CanonicalObject ToJson() => CanonicalObject.Of([
        ("request", Request.ToString()), ("attempt", (long)Attempt), ("builder", Builder), ("reason", Reason.ToWord()), ("message", Message),
        ("log", Log is { } log ? new CanonicalString(log.ToString()) : null)]);

    internal static BuildFailed Read(FieldReader reader) => new(
        new RequestId(reader.Hex("request")), (int)reader.Integer("attempt", 1, EntryLimits.MaxAttempts),
        reader.String("builder", GenesisDocument.MaxNameLength), ReadOwnReason(reader), reader.String("message", EntryLimits.MaxMessageLength),
        reader.Has("log") ? reader.Digest("log") : null);

    private static FailureReason ReadOwnReason(FieldReader reader) =>
        ReadReason(reader) is not FailureReason.Cancelled and var reason ? reason : throw reader.Wrong("reason", "one that a builder can have");

    internal static FailureReason ReadReason(FieldReader reader) =>
        FailureReasons.TryParse(reader.String("reason", EntryLimits.MaxWordLength), out var reason) ? reason : throw reader.Wrong("reason", "a known reason");
}
