using Pyrsia.Curve25519;

namespace Pyrsia.Authority.Keys;

/// <summary>A key of consensus votes. Sets name one at a time; those that have left stay, since what they are bound to must not be forgotten.</summary>
/// <param name="Name">The name of its file: <c>vote</c>, then <c>vote-2</c> and so on.</param>
/// <param name="Signer">The key.</param>
public sealed record VoteKey(string Name, IEd25519Signer Signer)
{
    /// <summary>The file that says which journals the key votes with, below a data directory.</summary>
    public string BindingFile => BindingFileOf(Name);

    /// <summary>That file of a key by its name.</summary>
    public static string BindingFileOf(string name) => Path.Combine("keys", name + ".journal");
}
