using System.Text;
using Pyrsia.Node.Maven;
using Xunit;

namespace Pyrsia.Tests.Node.Maven;

public sealed class MavenPomTests
{
    private static string[] Imports(string pom)
    {
        Assert.True(MavenPom.TryParse(Encoding.UTF8.GetBytes($"<project>{pom}</project>"), out var read));
        return [.. read.Imports.Select(import => import.ToString())];
    }

    private static string Dependency(string artifact, string version, string more) => $"<dependency><groupId>org.acme</groupId><artifactId>{artifact}</artifactId><version>{version}</version>{more}</dependency>";

    [Fact]
    public void Its_parent_and_the_boms_that_it_imports_are_read_with_a_pom_and_no_other_dependency() => Assert.Equal(
        ["org.acme:parent:3", "org.acme:bom:1.5", "org.acme:other-bom:3"],
        Imports($"""
            <parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>3</version><relativePath/></parent>
            <dependencyManagement><dependencies>
            {Dependency("bom", "${bom.version}", "<type>pom</type><scope>import</scope>")}{Dependency("lib", "1", "")}{Dependency("other-bom", "${project.version}", "<scope>import</scope>")}
            {Dependency("unknown", "${of.a.parent}", "<scope>import</scope>")}
            </dependencies></dependencyManagement>
            <dependencies>{Dependency("plain", "1", "<scope>import</scope>")}</dependencies>
            <properties><bom.version>${"{"}line{"}"}</bom.version><line>1.5</line></properties>
            """));

    [Fact]
    public void A_property_that_names_itself_and_a_name_that_is_none_are_left_out() => Assert.Empty(
        Imports("<parent><groupId>../..</groupId><artifactId>a</artifactId><version>1</version></parent><properties><v>${v}</v></properties>"
            + $"<dependencyManagement><dependencies>{Dependency("bom", "${v}", "<scope>import</scope>")}</dependencies></dependencyManagement>"));

    [Fact]
    public void Of_very_many_imports_some_are_read() => Assert.Equal(
        32, Imports($"<dependencyManagement><dependencies>{string.Concat(Enumerable.Range(0, 1000).Select(i => Dependency("bom", $"{i}", "<scope>import</scope>")))}</dependencies></dependencyManagement>").Length);
}
