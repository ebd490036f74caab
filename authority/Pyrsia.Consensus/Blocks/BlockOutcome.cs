namespace Pyrsia.Consensus;

/// <summary>What became of a block that was applied.</summary>
public sealed class BlockOutcome
{
    private BlockOutcome(IApplicationState? state, Hash256 setChange, IReadOnlyList<Hash256> missing, string? reason) =>
        (State, SetChange, Missing, Reason) = (state, setChange, missing, reason);

    /// <summary>The state after the block; null when it is invalid or cannot be judged yet.</summary>
    public IApplicationState? State { get; }

    /// <summary>The next authority set that the block decides; zero when none.</summary>
    public Hash256 SetChange { get; }

    /// <summary>SHA-256 of payloads that entries refer to and that are not here yet; the block is judged again when they arrive.</summary>
    public IReadOnlyList<Hash256> Missing { get; }

    /// <summary>Why the block is invalid; null when it is not.</summary>
    public string? Reason { get; }

    /// <summary>The block is good.</summary>
    public static BlockOutcome Valid(IApplicationState state, Hash256 setChange = default) => new(state, setChange, [], null);

    /// <summary>The block is wrong, for everybody and for ever.</summary>
    public static BlockOutcome Invalid(string reason) => new(null, default, [], reason);

    /// <summary>Payloads are missing here; nothing is known about the block yet.</summary>
    public static BlockOutcome Needs(IReadOnlyList<Hash256> payloads) => new(null, default, payloads, null);
}
