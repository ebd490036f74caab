namespace Pyrsia.Node.Artifacts;

/// <summary>Decides whether a verdict of the log is proof enough to serve what it vouches for.</summary>
public interface IProvenanceGate
{
    /// <summary>Checks the proof of the <c>verified</c> entry at a log index.</summary>
    /// <returns>Null when it holds; else the step that failed and why.</returns>
    string? Refusal(long verdictIndex);
}
