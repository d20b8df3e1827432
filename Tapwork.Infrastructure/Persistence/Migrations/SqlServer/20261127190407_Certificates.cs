using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Tapwork.Infrastructure.Persistence.Migrations.SqlServer
{
    /// <inheritdoc />
    public partial class Certificates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "CertificateUntil",
                table: "Destinations",
                type: "datetimeoffset",
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
