using System.Text;
using Pyrsia.Builds.Packages;
using Pyrsia.Provenance.Specifications;
using Xunit;

namespace Pyrsia.Tests.Builds;

public sealed class PomScmTests
{
    private static SourceHint? Read(string scm, string more = "") =>
        new MavenPackageType().ResolveSource("org.acme:lib:1.0", Encoding.UTF8.GetBytes($"<project xmlns=\"http://maven.apache.org/POM/4.0.0\">{more}<scm>{scm}</scm></project>"));

    private static string Connection(string connection, string tag = "v1.0") => $"<connection>{connection}</connection><tag>{tag}</tag>";

    [Theory]
    [InlineData("scm:git:https://git.example.org/acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git|https://git.example.org/acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:https://git.example.org:8443/acme/lib.git/", "https://git.example.org:8443/acme/lib.git")]
    [InlineData("scm:git:http://git.example.org/acme/lib.git", "http://git.example.org/acme/lib.git")]
    [InlineData("scm:git:git://git.example.org/acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:ssh://git@git.example.org:22/acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:git@git.example.org:acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:https://user:secret@git.example.org/acme/lib.git", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:[fetch=]https://git.example.org/acme/lib.git[push=]ssh://x/y", "https://git.example.org/acme/lib.git")]
    [InlineData("scm:git:https://git.example.org/${project.groupId}/${project.artifactId}.git", "https://git.example.org/org.acme/lib.git")]
    [InlineData("  scm:git:https://git.example.org/acme/lib.git\n", "https://git.example.org/acme/lib.git")]
    public void The_ways_to_write_a_repository_come_to_one_address(string connection, string url) => Assert.Equal(new SourceHint(url, "v1.0"), Read(Connection(connection)));

    [Theory]
    [InlineData("scm:svn:https://svn.example.org/lib")]
    [InlineData("scm:git:file:///etc/passwd")]
    [InlineData("scm:git:ext::sh -c id")]
    [InlineData("scm:git:--upload-pack=id")]
    [InlineData("scm:git:https://")]
    [InlineData("scm:git:https://git.example.org")]
    [InlineData("scm:git:../other.git")]
    [InlineData("scm:git:https://git.example.org/${user.home}/x.git")]
    [InlineData("scm:git:https://git.example.org/${a")]
    [InlineData("scm:git:https://git.example.org/${loop}")]
    [InlineData("git.example.org")]
    [InlineData("")]
    public void What_names_no_repository_is_no_hint(string connection) => Assert.Null(Read(Connection(connection), "<properties><loop>${loop}</loop></properties>"));

    [Theory]
    [InlineData("v1.0", "v1.0")]
    [InlineData("${project.artifactId}-${project.version}", "lib-1.0")]
    [InlineData("${name}", "rel-1")]
    [InlineData("HEAD", null)]
    [InlineData("", null)]
    [InlineData("${unknown}", null)]
    [InlineData("--upload-pack=id", null)]
    [InlineData("a..b", null)]
    [InlineData("v1 $(id)", null)]
    [InlineData("\u009b31mv1", null)]
    public void A_tag_is_taken_only_when_git_would_take_it(string tag, string? taken) =>
        Assert.Equal(taken, Read(Connection("scm:git:https://x.example/y.git", tag), "<properties><name>rel-1</name></properties>")!.Tag);

    [Fact]
    public void The_developers_connection_and_the_page_stand_in_for_the_connection()
    {
        Assert.Equal("https://x.example/dev.git", Read("<connection>scm:svn:https://x</connection><developerConnection>scm:git:git@x.example:dev.git</developerConnection>")!.Url);
        Assert.Equal("https://x.example/acme/lib", Read("<url>https://x.example/acme/lib/</url>")!.Url);
        Assert.Null(Read("<url>https://x.example/acme/lib/tree/main/module</url>"));
    }

    [Fact]
    public void Hostile_text_makes_no_hint_and_no_harm()
    {
        foreach (var text in new[] { "", "no xml", "<project><scm>", "<html/>", "<!DOCTYPE p [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><project><scm><connection>scm:git:https://x/&x;</connection></scm></project>", string.Concat(Enumerable.Repeat("<a>", 100_000)) })
            Assert.Null(new MavenPackageType().ResolveSource("org.acme:lib:1.0", Encoding.UTF8.GetBytes(text)));
        Assert.Null(new MavenPackageType().ResolveSource("org.acme:lib:1.0", new byte[(4 << 20) + 1]));
        var many = string.Concat(Enumerable.Repeat("${a}", 4000));
        Assert.Null(Read(Connection("scm:git:https://x.example/" + many), $"<properties><a>{new string('a', 4000)}</a></properties>"));
        var long_ = Read(Connection("scm:git:https://x.example/" + new string('a', BuildSource.MaxUrlLength)));
        Assert.Null(long_);
    }
}
