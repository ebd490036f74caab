namespace Pyrsia.Consensus;

/// <summary>The application's state after one block. Opaque to consensus but for the log it stands for; immutable.</summary>
public interface IApplicationState
{
    /// <summary>Size of the log.</summary>
    ulong Size { get; }

    /// <summary>Root of the log.</summary>
    Hash256 Root { get; }
}
