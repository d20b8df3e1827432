using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Certificates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "CertificateUntil",
                table: "Destinations",
                type: "INTEGER",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "CertificateUntil",
                table: "Destinations");
        }
    }
}
