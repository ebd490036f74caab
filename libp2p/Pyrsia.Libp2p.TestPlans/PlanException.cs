namespace Pyrsia.Libp2p.TestPlans;

/// <summary>The environment asks for what this implementation does not have, or lacks what a test needs.</summary>
public sealed class PlanException : Exception
{
    /// <inheritdoc/>
    public PlanException(string message)
        : base(message)
    {
    }
}
