using Pyrsia.Contracts;
using Xunit;

namespace Pyrsia.Tests.Contracts;

public sealed class MavenPathTests
{
    [Theory]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar", "org.acme:lib:1.0", "1.0", "", "jar", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0.pom.sha1", "org.acme:lib:1.0", "1.0", "", "pom", MavenChecksum.Sha1)]
    [InlineData("org/acme/lib/1.0/lib-1.0-sources.jar.md5", "org.acme:lib:1.0", "1.0", "sources", "jar", MavenChecksum.Md5)]
    [InlineData("org/acme/lib/1.0/lib-1.0-bin.tar.gz", "org.acme:lib:1.0", "1.0", "bin", "tar.gz", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0.tar.gz.sha512", "org.acme:lib:1.0", "1.0", "", "tar.gz", MavenChecksum.Sha512)]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar.asc", "org.acme:lib:1.0", "1.0", "", "jar.asc", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0-jdk1.5.jar.asc.sha256", "org.acme:lib:1.0", "1.0", "jdk1.5", "jar.asc", MavenChecksum.Sha256)]
    [InlineData("a/b.c/1+2/b.c-1%2B2.war", "a:b.c:1+2", "1+2", "", "war", null)]
    [InlineData("a/b/1-SNAPSHOT/b-1-SNAPSHOT.jar", "a:b:1-SNAPSHOT", "1-SNAPSHOT", "", "jar", null)]
    [InlineData("a/b/1-SNAPSHOT/b-1-20261121.065219-2.jar", "a:b:1-SNAPSHOT", "1-20261121.065219-2", "", "jar", null)]
    [InlineData("a/b/1-SNAPSHOT/b-1-20261121.065219-12-tests.jar", "a:b:1-SNAPSHOT", "1-20261121.065219-12", "tests", "jar", null)]
    public void A_file_of_a_version_is_taken_apart(string text, string gav, string fileVersion, string classifier, string extension, MavenChecksum? checksum)
    {
        Assert.Equal(MavenPathFault.None, MavenPath.TryParse(text, out var path));
        var file = Assert.IsType<MavenFilePath>(path);
        Assert.Equal(gav, file.Coordinates.ToString());
        Assert.Equal(fileVersion, file.FileVersion);
        Assert.Equal(classifier, file.Classifier);
        Assert.Equal(extension, file.Extension);
        Assert.Equal(checksum, file.Checksum);
        Assert.Equal(Uri.UnescapeDataString(text), file.ToString());
        Assert.Equal(file.Target, MavenFilePath.Of(file.Coordinates, file.Variant, file.FileVersion).Target);
    }

    [Theory]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar.pyrsia.json", MavenAttestation.Pyrsia, "lib-1.0.jar", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar.sigstore.json.sha1", MavenAttestation.Sigstore, "lib-1.0.jar", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0.pom.a0.sigstore.json", MavenAttestation.Sigstore, "lib-1.0.pom", "a0")]
    [InlineData("org/acme/lib/1.0/lib-1.0-bin.tar.gz.sigstore.json", MavenAttestation.Sigstore, "lib-1.0-bin.tar.gz", null)]
    [InlineData("org/acme/lib/1.0/lib-1.0-sources.jar.build.acme.sigstore.json", MavenAttestation.Sigstore, "lib-1.0-sources.jar", "build.acme")]
    public void A_proof_stands_beside_a_file(string text, MavenAttestation kind, string file, string? builder)
    {
        Assert.Equal(MavenPathFault.None, MavenPath.TryParse(text, out var path));
        var attestation = Assert.IsType<MavenAttestationPath>(path);
        Assert.Equal(kind, attestation.Kind);
        Assert.Contains(($"org/acme/lib/1.0/{file}", builder), attestation.Readings.Select(r => (r.File.Target, r.Builder)));
        Assert.Equal(text, attestation.ToString());
    }

    [Fact]
    public void Metadata_may_be_of_a_group_and_of_an_artifact_and_of_a_snapshot()
    {
        Assert.Equal(MavenPathFault.None, MavenPath.TryParse("org/acme/lib/maven-metadata.xml.sha1", out var path));
        var metadata = Assert.IsType<MavenMetadataPath>(path);
        Assert.Equal(("org.acme.lib", ("org.acme", "lib"), null, MavenChecksum.Sha1), (metadata.Group, metadata.Artifact!.Value, metadata.Snapshot?.ToString(), metadata.Checksum!.Value));

        Assert.Equal(MavenPathFault.None, MavenPath.TryParse("org/maven-metadata.xml", out path));
        Assert.Equal(("org", null), (((MavenMetadataPath)path!).Group, ((MavenMetadataPath)path).Artifact));

        Assert.Equal(MavenPathFault.None, MavenPath.TryParse("org/acme/lib/1.0-SNAPSHOT/maven-metadata.xml", out path));
        metadata = (MavenMetadataPath)path!;
        Assert.Equal((null, null, "org.acme:lib:1.0-SNAPSHOT"), (metadata.Group, metadata.Artifact, metadata.Snapshot?.ToString()));
    }

    [Theory]
    [InlineData("org/../../etc/passwd")]
    [InlineData("org/acme/lib/1.0/../lib-1.0.jar")]
    [InlineData("./org/acme/lib/1.0/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/%2e%2e/lib-1.0.jar")]
    [InlineData("org%2facme/lib/1.0/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/lib-1%2e0.jar")]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar%00")]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar%2")]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar%zz")]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar%252e")]
    [InlineData("org\\acme/lib/1.0/lib-1.0.jar")]
    [InlineData("org//acme/lib/1.0/lib-1.0.jar")]
    [InlineData("/org/acme/lib/1.0/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/.lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/lib 1.0.jar")]
    [InlineData("org/acme/lib/1.0/lib-1.0.jar?x")]
    [InlineData("org/ac\u00fcme/lib/1.0/lib-1.0.jar")]
    public void A_path_that_no_honest_client_sends_is_malformed(string text) => Assert.Equal(MavenPathFault.Malformed, MavenPath.TryParse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("org")]
    [InlineData("org/acme/lib/1.0/")]
    [InlineData("org/acme/lib/1.0/maven-metadata.xml/")]
    [InlineData("maven-metadata.xml")]
    [InlineData("archetype-catalog.xml")]
    [InlineData("lib/1.0/lib-1.0.jar")]
    [InlineData("org/acme/lib/1.0/lib-1.1.jar")]
    [InlineData("org/acme/lib/1.0/lib.jar")]
    [InlineData("org/acme/lib/1.0/lib-1.0")]
    [InlineData("org/acme/lib/1.0/lib-1.0.")]
    [InlineData("org/acme/lib/1.0/lib-1.0-sources")]
    [InlineData("org/acme/lib/1.0/lib-1.0-.jar")]
    [InlineData("org/acme/lib/1.0/other-1.0.jar")]
    [InlineData("org.acme/lib/1.0/lib-1.0.jar")]
    [InlineData("a/b/1-SNAPSHOT/b-2-20261121.065219-2.jar")]
    [InlineData("a/b/1-SNAPSHOT/b-1-2026.065219-2.jar")]
    public void A_decent_path_outside_the_layout_is_told_apart(string text) => Assert.Equal(MavenPathFault.NotInLayout, MavenPath.TryParse(text, out _));

    [Fact]
    public void A_path_beyond_the_limit_is_malformed() => Assert.Equal(MavenPathFault.Malformed, MavenPath.TryParse(new string('a', MavenPath.MaxLength + 1), out _));

    [Theory]
    [InlineData("jar", true)]
    [InlineData("sources.jar", true)]
    [InlineData("jdk1.5.jar", true)]
    [InlineData("bin.tar.gz", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("..", false)]
    [InlineData("sources.", false)]
    [InlineData(".jar", false)]
    public void A_variant_is_an_extension_or_classifier_and_extension(string text, bool valid) => Assert.Equal(valid, MavenFilePath.IsVariant(text));
}
