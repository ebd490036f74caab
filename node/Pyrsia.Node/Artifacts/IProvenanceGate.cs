using Pyrsia.Node.Log;

namespace Pyrsia.Node.Artifacts;

/// <summary>Decides whether the log proves what is to be served.</summary>
public interface IProvenanceGate
{
    /// <summary>Checks the proof of the <c>verified</c> entry at a log index.</summary>
    /// <returns>Null when it holds; else the step that failed and why.</returns>
    string? Refusal(long verdictIndex);

    /// <summary>Checks the proof that the builders of a result which was not verified gave it: every step but the threshold.</summary>
    /// <returns>Null when it holds; else the step that failed and why.</returns>
    string? Refusal(UnverifiedAnswer answer);
}
