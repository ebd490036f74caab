using Pyrsia.Contracts;

namespace Pyrsia.Builds.Images;

/// <summary>A builder image on this machine: a root file system named by the digest of its tar.</summary>
/// <param name="Digest">Digest of <paramref name="Archive"/>, the name of the image everywhere.</param>
/// <param name="Archive">Path of the uncompressed tar.</param>
/// <param name="Root">Directory where the tar is unpacked.</param>
public sealed record BuilderImage(Digest Digest, string Archive, string Root);
