using System.Security.Cryptography;
using Pyrsia.Curve25519;
using Pyrsia.Provenance.Attestations;
using Pyrsia.Testing;

namespace Pyrsia.Tests.Crypto;

/// <summary>A token of SoftHSM2; one for the class, because the module reads its configuration once a process.</summary>
public sealed class TokenFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public TokenFixture()
    {
        Token = SoftToken.Create(_directory.Path);
        Token.UseInThisProcess();
        foreach (var name in new[] { "vote", "cosigner", "log" })
        {
            using var key = Ed25519PrivateKey.Generate();
            PublicKeys[name] = key.PublicKey;
            Uris[name] = Token.Import(name, PemEncoding.WriteString("PRIVATE KEY", key.ExportPkcs8()));
        }
        using var builder = P256PrivateKey.Generate();
        Builder = builder.PublicKey;
        Uris["builder"] = Token.Import("builder", PemEncoding.WriteString("PRIVATE KEY", builder.ExportPkcs8()));
    }

    public SoftToken Token { get; }

    public Dictionary<string, string> Uris { get; } = [];

    public Dictionary<string, Ed25519PublicKey> PublicKeys { get; } = [];

    public P256PublicKey Builder { get; }

    public void Dispose() => _directory.Dispose();
}
